"""No piece of a password is shown, however an address is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qundao.intake.mapping import read_mapping
from qundao.intake.readers.addresses import (
    address_of,
    hide,
    holds_password,
    split,
    without_secrets,
)
from qundao.intake.readers.sql import open_database
from qundao.kernel.errors import QundaoError

MAPPING = """\
mapping: m
version: 1
target: omop 5.4
sources:
  lab: {}
tables: {}
"""


def defects(source):
    with pytest.raises(QundaoError) as caught:
        read_mapping(MAPPING.replace("lab: {}", f"lab: {source}"), "m.yaml")
    return [(p.where, p.received, dict(p.facts).get("en", "")) for p in caught.value.problems]


def view_of(source):
    return read_mapping(MAPPING.replace("lab: {}", f"lab: {source}"), "m.yaml").sources["lab"].view


def test_a_view_is_read_with_its_keys():
    view = view_of("{database: $LIS_URL, view: lis.v, keys: [a, b], zone: Asia/Shanghai}")
    assert (view.database, view.name, view.keys) == ("$LIS_URL", "lis.v", ("a", "b"))
    assert (view.unordered, view.zone) == (False, "Asia/Shanghai")
    assert view_of("{database: postgresql://u@h/d, view: v, unordered: yes}").unordered


@pytest.mark.parametrize(
    ("source", "received", "wanted"),
    [
        (
            "{database: 'postgresql://u:geheim@h/d', view: v, keys: k}",
            "postgresql://u@h/d",
            "$NAME",
        ),
        ("{database: 'mysql://h/d?password=geheim', view: v, keys: k}", "mysql://h/d", "$NAME"),
        ("{database: 'postgresql://u:ge/heim@h/d', view: v, keys: k}", "", "$NAME"),
        ("{database: lis, view: v, keys: k}", "", "$NAME"),
        ("{database: $LIS_URL, keys: k}", "", "view"),
        ("{database: $LIS_URL, view: v}", "", "keys"),
        ("{database: $LIS_URL, view: v, keys: k, zone: Beijing}", "Beijing", "Asia/Shanghai"),
        ("{database: $LIS_URL, view: v, keys: k, optional: yes}", "optional", "database"),
    ],
)
def test_a_defect_of_a_view_is_told_without_its_password(source, received, wanted):
    ((where, told, words),) = defects(source)
    assert (where, told) == ("m.yaml:5", received)
    assert wanted in words


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:ge/heim@127.0.0.1/x",
        "postgresql://u:12/ge@127.0.0.1/x",
        "postgresql://u:12#heim@127.0.0.1/x",
        "postgresql://u:12?heim@127.0.0.1/x",
        "postgresql://u:ge@heim@127.0.0.1/x",
        "postgresql://u:ge[heim@127.0.0.1/x",
        "postgresql://u:geheim\u2100@127.0.0.1/x",
        "postgresql:u:geheim@127.0.0.1/x",
        "geheim",
    ],
)
def test_an_address_that_could_be_misread_is_refused_and_none_of_it_shown(url, monkeypatch):
    monkeypatch.setenv("URL", url)
    assert split(url) is None
    for act, given_ in ((address_of, "$URL"), (address_of, url)):
        with pytest.raises(QundaoError) as caught:
            act(given_)
        assert caught.value.code == "intake.bad_address"
        assert "heim" not in str(caught.value)
    with pytest.raises(QundaoError) as caught:
        open_database(url, {"t": ["n"]})
    assert "heim" not in str(caught.value)


def test_a_driver_that_repeats_the_password_is_not_quoted():
    with pytest.raises(QundaoError) as caught:
        open_database("postgresql://u@127.0.0.1:1/x?sslpassword=geheim&geheim=1", {"t": ["n"]})
    assert caught.value.code == "intake.source_missing"
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_quoted_password_is_known_and_hidden(password):
    from urllib.parse import quote

    url = f"mariadb://u:{quote(password, safe='')}@h:3306/d"
    parts = split(url)
    assert parts is not None
    assert holds_password(url)
    assert without_secrets(url) == "mariadb://u@h/d"
    told = hide(f"<<{password}|{quote(password, safe='')}>>", parts)
    assert told == "<<…|…>>" or len(password) < 4


def test_an_unset_variable_is_named(monkeypatch):
    monkeypatch.delenv("LIS_URL", raising=False)
    with pytest.raises(QundaoError) as caught:
        address_of("$LIS_URL")
    (told,) = caught.value.problems
    assert (told.code, told.received, dict(told.facts)["name"]) == (
        "intake.address_unset",
        "$LIS_URL",
        "LIS_URL",
    )
