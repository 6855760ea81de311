"""The hub's settings, folder, codes and limits: everything that needs no database."""

from __future__ import annotations

import pytest

from qundao.hub.databases import database
from qundao.hub.environment import SETTINGS, read_environment
from qundao.hub.folder import KEY_FILE, SECRET_FILE, make_folder, read_key, write_options
from qundao.hub.members.credit_code import check_character, is_credit_code
from qundao.kernel.errors import QundaoError


def test_everything_has_a_default(tmp_path) -> None:
    found = read_environment({"QUNDAO_HUB_DIR": str(tmp_path)})
    assert (found.site_name, found.https, found.workers) == ("生物医药数据共享平台", False, 1)
    assert database(found)["NAME"] == str(tmp_path / "hub.sqlite")


def test_all_wrong_settings_are_named_at_once_and_secrets_are_not_shown() -> None:
    wrong = {
        "QUNDAO_DATABASE_URL": "mysql://root:secret@host/db",
        "QUNDAO_SECRET_KEY": "short-secret",
        "QUNDAO_HTTPS": "maybe",
        "QUNDAO_WORKERS": "0",
        "QUNDAO_ALLOWED_HOSTS": " , ",
    }
    with pytest.raises(QundaoError) as refused:
        read_environment(wrong)
    assert {p.where for p in refused.value.problems} == set(wrong)
    assert "secret" not in str([p.received for p in refused.value.problems])


def test_every_setting_says_what_it_means() -> None:
    assert len({s.name for s in SETTINGS}) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.name.startswith("QUNDAO_")
        assert setting.meaning.zh != setting.meaning.en


def test_the_name_given_to_init_is_the_default(tmp_path) -> None:
    write_options(tmp_path, site_name="珠海数据平台")
    environ = {"QUNDAO_HUB_DIR": str(tmp_path)}
    assert read_environment(environ).site_name == "珠海数据平台"
    assert read_environment(environ | {"QUNDAO_SITE_NAME": "别名"}).site_name == "别名"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:/data/x.sqlite", {"NAME": "/data/x.sqlite"}),
        ("sqlite:///data/x.sqlite", {"NAME": "/data/x.sqlite"}),
        (
            "postgresql://li:p%40ss@db.example:5433/hub?sslmode=require",
            {
                "NAME": "hub",
                "USER": "li",
                "PASSWORD": "p@ss",
                "HOST": "db.example",
                "PORT": "5433",
                "OPTIONS": {"sslmode": "require"},
            },
        ),
        ("postgresql://u@/hub?host=/run/pg", {"HOST": "/run/pg", "OPTIONS": {}}),
    ],
)
def test_a_database_is_named_by_its_url(url, expected) -> None:
    found = database(read_environment({"QUNDAO_DATABASE_URL": url}))
    assert {name: found[name] for name in expected} == expected


# --- the folder ------------------------------------------------------------------------------


def test_keys_are_made_once_and_readable_by_their_owner_only(tmp_path) -> None:
    first = make_folder(tmp_path)
    assert make_folder(tmp_path).raw == first.raw
    for file in (KEY_FILE, SECRET_FILE):
        assert (tmp_path / file).stat().st_mode & 0o777 == 0o600
    assert first.verify_key.text not in (tmp_path / KEY_FILE).read_text()


def test_an_exposed_key_is_not_used(tmp_path) -> None:
    make_folder(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(QundaoError) as refused:
        read_key(tmp_path)
    assert (refused.value.code, refused.value.problems[0].received) == ("hub.key_exposed", "0640")


def test_another_folder_is_not_taken_for_a_hub(tmp_path) -> None:
    with pytest.raises(QundaoError) as refused:
        read_key(tmp_path)
    assert refused.value.code == "hub.not_initialised"


# --- 统一社会信用代码 --------------------------------------------------------------------------


def test_a_credit_code_is_told_by_its_check_character() -> None:
    """The worked example of GB 32100-2015, annex."""
    assert is_credit_code("91350100M000100Y43")
    assert check_character("91350100M000100Y4") == "3"


@pytest.mark.parametrize(
    "wrong",
    ["91350100M000100Y44", "91350100M000100Y4", "91350100M000100Y4O", "", "91350100m000100y43"],
)
def test_what_is_no_credit_code(wrong) -> None:
    assert not is_credit_code(wrong)


def test_every_single_slip_is_noticed() -> None:
    code = "91350100M000100Y43"
    for place, right in enumerate(code):
        for other in "0123456789ABCDEFGHJKLMNPQRTUWXY":
            if other != right:
                assert not is_credit_code(code[:place] + other + code[place + 1 :])
