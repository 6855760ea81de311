"""Examining a permit offer: everything that speaks against the member's yes, all at once."""

from __future__ import annotations

from collections.abc import Iterator

from qundao.access.codes import MASK_KEY_UNVOUCHED, PERMIT_EXPIRED, PERMIT_FORGED
from qundao.access.permit import DatasetTerms, Permit
from qundao.disclosure.data_classes import check_floors
from qundao.disclosure.thresholds import Floors
from qundao.kernel.clock import stamp
from qundao.kernel.errors import Problem, QundaoError, fail, problem, raise_if
from qundao.node import datasets, peers
from qundao.node.codes import BAD_OFFER
from qundao.node.office import Office
from qundao.node.permit_book import Held
from qundao.node.store import Tx
from qundao.study.protocol import StudyProtocol, protocol_digest, protocol_from_json


def examine(tx: Tx, office: Office, held: Held) -> tuple[Problem, ...]:
    """Return why the permit must not be countersigned as it stands; empty when nothing does."""
    hub = office.identity.hub
    if not held.signed.signed_by(hub):
        return (problem(PERMIT_FORGED, held.signed.digest[:16], key=hub.fingerprint),)
    permit = held.permit
    return (
        *_in_time(permit, office),
        *_own_entry(permit, office),
        *_unvouched(permit),
        *peers.changed_keys(tx, permit, office.id),
        *(p for terms in own_terms(permit, office) for p in _terms(tx, terms)),
        *_protocol(held),
    )


def own_terms(permit: Permit, office: Office) -> tuple[DatasetTerms, ...]:
    """Return the terms of this node's datasets."""
    return tuple(t for t in permit.datasets if t.node == office.id)


def _in_time(permit: Permit, office: Office) -> Iterator[Problem]:
    if office.now() >= permit.expires_at:
        start, end = stamp(permit.not_before), stamp(permit.expires_at)
        yield problem(PERMIT_EXPIRED, office.stamp(), "permit", start=start, end=end)


def _own_entry(permit: Permit, office: Office) -> Iterator[Problem]:
    """This node is listed, with the keys it holds: otherwise somebody else would mask for it."""
    own = next((r for r in permit.roster if r.node == office.id), None)
    keys = (office.keys.identity.verify_key.text, office.keys.mask.public)
    if own is None or not own_terms(permit, office):
        listed = ", ".join(r.node for r in permit.roster)
        yield problem(BAD_OFFER, listed, "roster", required=office.id)
    elif (own.verify_key, own.mask_key) != keys:
        received = f"{own.verify_key} {own.mask_key}"
        yield problem(BAD_OFFER, received, f"roster.{office.id}", required=" ".join(keys))


def _unvouched(permit: Permit) -> Iterator[Problem]:
    """Each mask key is signed by the identity key beside it, whose fingerprint people compare."""
    for entry in permit.roster:
        if not entry.vouched:
            where = f"roster.{entry.node}"
            fingerprint = peers.fingerprint(entry)
            yield problem(MASK_KEY_UNVOUCHED, entry.mask_key, where, fingerprint=fingerprint)


def _terms(tx: Tx, terms: DatasetTerms) -> Iterator[Problem]:
    try:
        registered = datasets.by_accession(tx, terms.accession).body["data_class"]
        yield from check_floors(registered, Floors(terms.min_cell, terms.event_floor))
    except QundaoError as error:
        yield from error.problems
        return
    if registered != terms.data_class:
        where = f"datasets.{terms.accession}.data_class"
        yield problem(BAD_OFFER, terms.data_class, where, required=registered)


def _protocol(held: Held) -> Iterator[Problem]:
    try:
        locked_protocol(held)
    except QundaoError as error:
        yield from error.problems


def locked_protocol(held: Held) -> StudyProtocol:
    """Return the protocol that the permit names, read from what the node itself keeps.

    Raises `node.bad_offer` when it is another one, or plans what the permit does not cover.
    """
    permit, protocol = held.permit, protocol_from_json(held.protocol)
    found = protocol_digest(protocol)
    if found != permit.protocol_digest:
        raise fail(BAD_OFFER, found, "protocol", required=permit.protocol_digest)
    raise_if(_uncovered(permit, protocol))
    return protocol


def _uncovered(permit: Permit, protocol: StudyProtocol) -> Iterator[Problem]:
    planned = {a.id for a in protocol.analyses}
    if not set(permit.analyses) <= planned:
        received, required = ", ".join(permit.analyses), ", ".join(sorted(planned))
        yield problem(BAD_OFFER, received, "analyses", required=required)
    named = {d.accession for d in permit.datasets}
    if set(protocol.datasets) != named:
        received, required = ", ".join(sorted(named)), ", ".join(sorted(protocol.datasets))
        yield problem(BAD_OFFER, received, "datasets", required=required)
