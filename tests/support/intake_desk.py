"""A node with two people and an intake desk over a small hospital's export (synthetic)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from qundao.kernel.ids import new_id
from qundao.kernel.signing import SigningKey
from qundao.node import intake_book, intake_desks, intake_jobs, people
from qundao.node.folder import Folder, Identity
from qundao.node.intake_desks import IntakeDesk
from qundao.node.intake_jobs import Job
from qundao.node.keys import load_or_make
from qundao.node.office import Office
from qundao.node.people import Person
from qundao.node.store import Store
from support.intake_hospital import MAPPING, write_hospital

PASSWORD = "a long secret 2026"
WAIT_SECONDS = 60


def make_office(root: Path, clock) -> Office:
    """Return an enrolled node whose hub is not there."""
    folder = Folder(root)
    root.mkdir(parents=True, exist_ok=True)
    hub = SigningKey.generate().verify_key.text
    identity = Identity("http://127.0.0.1:1", hub, "node_a", "member_a", "甲", "联盟")
    folder.write_identity(identity)
    return Office(folder, identity, load_or_make(folder.keys, None), Store(folder.store), clock)


@dataclass
class Bench:
    """A desk and who works at it: Wang writes, Li looks."""

    office: Office
    desk: IntakeDesk
    wang: Person
    li: Person

    def save(self, text: str, who: Person, base: int | None = None, note: str = ""):
        """Save a text as the next version."""
        with self.office.store.write() as tx:
            newest = len(intake_book.versions(tx, self.desk.id))
            return intake_book.save(
                tx,
                desk=self.desk.id,
                text=text,
                base=newest if base is None else base,
                newest=newest,
                note=note,
                person=who.id,
                at=self.office.stamp(),
            )

    def decide(self, act, version: int, who: Person, note: str = "", digest: str | None = None):
        """Propose, return or release a version."""
        with self.office.store.write() as tx:
            held = intake_book.get(tx, self.desk.id, version)
            given = {"desk": self.desk.id, "version": version, "note": note, "person": who.id}
            if act is not intake_book.withdraw:
                given["digest"] = digest or held.digest
            return act(tx, at=self.office.stamp(), **given)

    def released(self, text: str = MAPPING) -> int:
        """Save, propose and release a text; return the version."""
        number = self.save(text, self.wang).number
        self.decide(intake_book.propose, number, self.wang)
        self.decide(intake_book.release, number, self.li)
        return number

    def state(self, version: int) -> str:
        """Return a version's state."""
        with self.office.store.read() as tx:
            return intake_book.get(tx, self.desk.id, version).state

    def start(self, kind: str, request: str | None = None, **given) -> Job:
        """Start a job."""
        return intake_jobs.start(
            self.office,
            desk=self.desk.id,
            kind=kind,
            given=given,
            request=request or new_id("request"),
            person=self.wang.id,
        )

    def ended(self, job: Job) -> Job:
        """Wait until nobody works on a job, and return it."""
        deadline = time.monotonic() + WAIT_SECONDS
        while intake_jobs.at_work(self.office, self.desk.id):
            assert time.monotonic() < deadline, intake_jobs.log_file(
                self.office, job.id
            ).read_text()
            time.sleep(0.02)
        return intake_jobs.find(self.office, job.id)


def make_bench(root: Path, clock, office: Office | None = None) -> Bench:
    """Return a desk with two people, over the small hospital's export."""
    office = office or make_office(root / "node", clock)
    with office.store.write() as tx:
        wang = people.add(tx, name="王敏", number="A-001", at=office.stamp())
        li = people.add(tx, name="李强", number="A-002", at=office.stamp())
    desk = intake_desks.open_desk(
        office,
        name="病案首页",
        sources=str(write_hospital(root / "export")),
        folder=str(root / "intake"),
        person=wang.id,
    )
    return Bench(office, desk, wang, li)
