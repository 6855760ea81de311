"""The story through the pages: found, applied for, decided blind, signed, computed, released."""

from __future__ import annotations

import json

import pytest

from qundao.hub.applications.models import Application, Permit
from qundao.hub.ledger.queries import balance
from qundao.hub.studies.models import Study
from support.hub_applications import SPONSORS, draft_over, protocol_over
from support.hub_studies import answer_all

pytestmark = pytest.mark.browser
WORDS = {
    "zh-hans": {
        "search": "阿尔茨海默病",
        "left": "处要补",
        "blind": "决定前互不公开",
        "held": "冻结",
        "whole": "日志完整",
        "tail": "此后未公布",
        "waiting": "等待节点应答",
    },
    "en": {
        "search": "alzheimer",
        "left": "missing before you can send",
        "blind": "hidden until the decision",
        "held": "Held",
        "whole": "the log is whole",
        "tail": "withheld after this",
        "waiting": "waiting for the nodes",
    },
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_story(world, reader, language: str) -> None:
    said = WORDS[language]
    researcher = reader("a.researcher", language)
    path = _apply(world, researcher, said)
    _decide(world, reader, language, path, said)
    permit = _sign(world, reader, language, path, researcher)
    study = _compute(world, researcher, path, permit, said)
    _release(reader, language, study)
    _see(world, researcher, study, said)
    auditor = reader("auditor", language)
    auditor.open("/audit/")
    assert said["whole"] in _sent(auditor, "/audit/verify/")


def _sent(person, form: str, **values: str) -> str:
    person.press(form, **values)
    return person.text


# --- finding and applying ------------------------------------------------------------------


def _apply(world, researcher, said) -> str:
    """Search, read, draft step by step, see all defects at once, mend them, send."""
    page = researcher.open("/catalogue/")
    page.fill("#id_q", said["search"])
    page.press("#id_q", "Enter")
    page.wait_for_load_state()
    assert page.locator("ol.results > li").count() == 3
    page.locator("ol.results a").first.click()
    researcher.press("/applications/new/")
    path = page.url.removeprefix(researcher.address).split("edit/")[0]
    researcher.open(f"{path}check/")
    assert said["left"] in researcher.text
    assert page.locator("main form button[type=submit]").is_disabled()
    _fill_in(world, researcher, path, said)
    researcher.open(f"{path}check/")
    assert page.locator("#defects").count() == 0, researcher.text
    researcher.press("/check/")
    application = Application.objects.get(pk=path.rstrip("/").rpartition("/")[2])
    assert application.state == "submitted"
    return path


def _fill_in(world, researcher, path: str, said) -> None:
    draft = draft_over(world, *SPONSORS)
    for step in ("purpose", "plan", "data", "ethics"):
        page = researcher.open(f"{path}edit/{step}/")
        form = page.locator("form[data-draft]")
        for name in page.eval_on_selector_all(
            "form[data-draft] [name]", "all => [...new Set(all.map(e => e.name))]"
        ):
            if name in draft and draft[name] is not None:
                researcher._fill(form, name, _typed(form, name, draft[name]))
        form.locator('button[name="next"]').click()
        page.wait_for_load_state()
        assert f"/edit/{step}/" not in page.url, researcher.text
    page = researcher.open(f"{path}edit/protocol/")
    if said is WORDS["zh-hans"]:
        page.fill("#id_protocol", json.dumps(protocol_over(world, *SPONSORS), ensure_ascii=False))
        page.select_option("#id_study_kind", "comparative")
        page.locator('button[name="next"]').click()
        page.wait_for_load_state()
        return
    researcher.press("/design/survival/", parameter="TTDE")
    assert page.locator("#defects li").count() == 5, researcher.text
    trial = {"parameter": "TTDE", "control": "Placebo", "treated": "Active", "step": "28"}
    made = {**trial, "until": "196", "treated_from": world.accessions["a"]}
    researcher.press("/design/survival/", **made)
    assert "Kaplan–Meier" in researcher.text


def _typed(form, name: str, value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "\n".join(value)
    return str(value)


# --- deciding ------------------------------------------------------------------------------


def _decide(world, reader, language, path, said) -> None:
    operator = reader("operator", language)
    operator.open(path)
    operator.press("/do/screen/")
    place = operator.page.locator('form[action$="/do/assign/"]')
    for person in world.reviewers[:2]:
        place.locator(f'[value="{person.user.id}"]').check()
    operator.press("/do/assign/")
    for number in (1, 2):
        reviewer = reader(f"reviewer.{number}", language)
        reviewer.open("/reviews/")
        reviewer.page.locator("table.cards a").first.click()
        reviewer.page.wait_for_load_state()
        assert "REASON-1" not in reviewer.text
        if number == 2:
            assert said["blind"] in reviewer.text
        reviewer.press("/do/vote/", vote="approve", reasons=f"REASON-{number}")
    operator.open(path)
    operator.press("/do/decide/")
    assert "REASON-1" in operator.text
    assert "REASON-2" in operator.text
    operator.press("/do/draw-up/")


def _sign(world, reader, language, path, researcher) -> Permit:
    researcher.open(f"{path}agreement/")
    researcher.press("/do/sign/")
    operator = reader("operator", language)
    operator.open(f"{path}agreement/")
    operator.press("/do/sign/")
    operator.press("/do/issue/")
    permit = Permit.objects.get(application_id=path.rstrip("/").rpartition("/")[2])
    steward = reader("b.steward", language)
    assert path in steward.open("/desk/").content()
    for key in SPONSORS:
        receipt = world[key].node.countersign({"id": permit.id, "digest": permit.digest})
        assert not receipt.problems
    return permit


# --- computing and releasing ---------------------------------------------------------------


def _compute(world, researcher, path, permit, said) -> str:
    researcher.open(path)
    researcher.press(f"/studies/start/{permit.id}/")
    assert said["waiting"] in researcher.text
    assert researcher.page.locator("svg.plot").count() == 0
    answer_all(world, SPONSORS)
    return Study.objects.get(permit=permit).id


def _release(reader, language, study: str) -> None:
    reviewer = reader("reviewer.1", language)
    reviewer.open("/studies/outputs/")
    reviewer.page.locator("table.cards a").first.click()
    reviewer.page.wait_for_load_state()
    assert reviewer.page.locator("svg.plot").count() == 1
    reviewer.page.locator('button[name="release"][value="yes"]').click()
    reviewer.page.wait_for_load_state()
    reviewer.open(f"/studies/{study}/")
    assert reviewer.page.locator(".chip.done").count() >= 1


def _see(world, researcher, study: str, said) -> None:
    """Figure and table show the same numbers; the credits have moved to the contributors."""
    page = researcher.open(f"/studies/{study}/")
    at_risk = page.locator("svg.plot text").all_text_contents()
    rows = page.locator("table.released tbody tr").all_inner_texts()
    assert "120" in at_risk
    assert any("120" in row for row in rows)
    page = researcher.open("/credits/")
    assert said["held"] in researcher.text
    assert balance(world["a"].id).held == 0
    granted = balance(world["b"].id)
    assert page.locator("table.cards tbody tr").count() >= 3
    assert granted.spendable > 0
