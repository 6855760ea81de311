"""Writes: make a definition, add a version, decide on it, retire it, keep a draft."""

from __future__ import annotations

from typing import Any
from unicodedata import category

from qundao.audit.actions import declare_action
from qundao.catalogue.search import normalised
from qundao.hub.cohorts.codes import (
    BAD_NAME,
    NO_MEMBER,
    NOT_YOURS,
    OWN_RELEASE,
    REASON_NEEDED,
    RETIRED,
    WRONG_STATE,
)
from qundao.hub.cohorts.models import (
    BuilderDraft,
    CohortDefinition,
    Decision,
    DefinitionVersion,
    VersionState,
)
from qundao.hub.common.actions import Done, action, done, nothing_new
from qundao.hub.common.actors import Actor
from qundao.hub.common.clock import now
from qundao.hub.members.models import Organisation, User
from qundao.kernel.errors import fail, raise_if
from qundao.kernel.roles import Role
from qundao.kernel.words import Words
from qundao.query import Population, digest, from_json, to_json
from qundao.query.codes import MALFORMED, printable
from qundao.query.exploring import exploring_refusals

DEFINED = declare_action("cohort.defined", Words("人群定义建立", "cohort defined"))
ADDED = declare_action("cohort.version_added", Words("人群定义新版本", "cohort version added"))
RENAMED = declare_action("cohort.renamed", Words("人群定义改名", "cohort renamed"))
RETIRED_NOW = declare_action("cohort.retired", Words("人群定义停用", "cohort retired"))
PROPOSED = declare_action(
    "cohort.proposed", Words("人群定义提请放行试算", "cohort proposed for exploring")
)
RELEASED = declare_action(
    "cohort.released", Words("人群定义放行试算", "cohort released for exploring"), "high"
)
RETURNED = declare_action("cohort.returned", Words("人群定义未予放行", "cohort not released"))
WITHDRAWN = declare_action(
    "cohort.release_withdrawn", Words("人群定义撤回放行", "cohort's release withdrawn"), "high"
)
LONGEST_NAME, LONGEST_NOTE = 100, 500
WRITERS = (Role.RESEARCHER, Role.STEWARD)


@action(*WRITERS)
def define_cohort(
    *, actor: Actor, name: Words, population: Population, circe: str = "", note: str = ""
) -> Done[DefinitionVersion]:
    """Keep a new definition with its first version.

    Raises `cohorts.no_member`, `cohorts.bad_name`, `query.malformed` for a note that is no text
    and, for what could not be read back, `query.too_large`.
    """
    _check_name(name)
    if not Organisation.objects.filter(pk=actor.organisation or "-").exists():
        raise fail(NO_MEMBER, actor.id)
    definition = CohortDefinition.objects.create(
        organisation_id=actor.organisation,
        owner=User.objects.get(pk=actor.id),
        name_zh=name.zh,
        name_en=name.en,
        search_text=normalised(f"{name.zh}\n{name.en}"),
    )
    version = _new_version(actor, definition, population, circe, note)
    return done(version, DEFINED, definition.id, digest=version.digest)


@action(*WRITERS)
def add_version(
    *,
    actor: Actor,
    definition: CohortDefinition,
    population: Population,
    circe: str = "",
    note: str = "",
    name: Words | None = None,
) -> Done[DefinitionVersion]:
    """Add a version; content equal to the newest version's is that version.

    With a `name` the definition is called that from now on. Raises `cohorts.not_your_definition`,
    `cohorts.retired`, `cohorts.bad_name`, `query.too_large`.
    """
    locked = _own(actor, definition)
    renamed = name is not None and name != locked.words
    if name is not None and renamed:
        _rename(locked, name)
    newest = locked.versions.get(number=locked.latest)
    if newest.digest == digest(population):
        kept = done(newest, RENAMED, locked.id, zh=locked.name_zh, en=locked.name_en)
        return kept if renamed else nothing_new(newest)
    version = _new_version(actor, locked, population, circe, note)
    return done(version, ADDED, locked.id, number=version.number, digest=version.digest)


@action(*WRITERS, Role.OPERATOR)
def retire_cohort(
    *, actor: Actor, definition: CohortDefinition, reason: str
) -> Done[CohortDefinition]:
    """Take a definition out of use; its versions stay for what has used them.

    Raises `cohorts.not_your_definition`, `cohorts.reason_needed`. Retiring twice retires once.
    """
    locked = CohortDefinition.objects.select_for_update().get(pk=definition.pk)
    if not actor.has(Role.OPERATOR) and actor.organisation != locked.organisation_id:
        raise fail(NOT_YOURS, actor.organisation, locked.id)
    if locked.retired_at:
        return nothing_new(locked)
    if not reason.strip():
        raise fail(REASON_NEEDED, "", "reason")
    locked.retired_at, locked.retired_reason = now(), _text("reason", reason)
    locked.save(update_fields=["retired_at", "retired_reason"])
    return done(locked, RETIRED_NOW, locked.id, reason=locked.retired_reason)


@action(*WRITERS)
def propose_version(*, actor: Actor, version: DefinitionVersion) -> Done[DefinitionVersion]:
    """Ask for a version's release to exploring. Raises every part that is too fine for it.

    `query.too_fine`, `cohorts.not_your_definition`, `cohorts.retired`, `cohorts.wrong_state`.
    """
    _own(actor, version.definition)
    _require(version, VersionState.KEPT, VersionState.RETURNED, VersionState.WITHDRAWN)
    raise_if(exploring_refusals(version.population))
    return _decided(actor, version, VersionState.PROPOSED, "", PROPOSED)


@action(Role.REVIEWER)
def decide_version(
    *, actor: Actor, version: DefinitionVersion, release: bool, reason: str = ""
) -> Done[DefinitionVersion]:
    """Release a version to exploring, or return it. Nobody decides on their own member's.

    Raises `cohorts.own_release`, `cohorts.wrong_state`, `cohorts.reason_needed`,
    `cohorts.retired`.
    """
    held = CohortDefinition.objects.select_for_update().get(pk=version.definition_id)
    if actor.organisation == held.organisation_id or actor.id == version.author_id:
        raise fail(OWN_RELEASE, actor.organisation, version.id)
    if held.retired_at:
        raise fail(RETIRED, held.id, "definition")
    _require(version, VersionState.PROPOSED)
    if not release and not reason.strip():
        raise fail(REASON_NEEDED, "", "reason")
    state = VersionState.RELEASED if release else VersionState.RETURNED
    return _decided(actor, version, state, reason, RELEASED if release else RETURNED)


@action(Role.REVIEWER)
def withdraw_release(
    *, actor: Actor, version: DefinitionVersion, reason: str
) -> Done[DefinitionVersion]:
    """Take a release back: no new count, no new protocol. Any reviewer may, of their own too.

    Answers given and protocols locked before stay. Raises `cohorts.wrong_state`,
    `cohorts.reason_needed`.
    """
    CohortDefinition.objects.select_for_update().get(pk=version.definition_id)
    _require(version, VersionState.RELEASED)
    if not reason.strip():
        raise fail(REASON_NEEDED, "", "reason")
    return _decided(actor, version, VersionState.WITHDRAWN, reason, WITHDRAWN)


@action(*WRITERS)
def start_draft(
    *,
    actor: Actor,
    form: dict[str, Any],
    definition: CohortDefinition | None = None,
    based_on: int = 0,
) -> Done[BuilderDraft]:
    """Begin a draft. Drafts are a person's own notes: they leave no event."""
    user = User.objects.get(pk=actor.id)
    draft = BuilderDraft.objects.create(
        user=user, form=form, definition=definition, based_on=based_on
    )
    return nothing_new(draft)


@action(*WRITERS)
def keep_draft(*, actor: Actor, draft: BuilderDraft, form: dict[str, Any]) -> Done[BuilderDraft]:
    """Keep what has been typed so far, whatever it is."""
    _own_draft(actor, draft)
    draft.form, draft.saved_at = form, now()
    draft.save(update_fields=["form", "saved_at"])
    return nothing_new(draft)


@action(*WRITERS)
def drop_draft(*, actor: Actor, draft: BuilderDraft) -> Done[None]:
    """Remove a draft: it has become a version, or is not wanted any more."""
    _own_draft(actor, draft)
    BuilderDraft.objects.filter(pk=draft.pk).delete()
    return nothing_new(None)


def _own_draft(actor: Actor, draft: BuilderDraft) -> None:
    if actor.id != draft.user_id:
        raise fail(NOT_YOURS, actor.id, draft.id)


def _own(actor: Actor, definition: CohortDefinition) -> CohortDefinition:
    locked = CohortDefinition.objects.select_for_update().get(pk=definition.pk)
    if actor.organisation != locked.organisation_id:
        raise fail(NOT_YOURS, actor.organisation, locked.id)
    if locked.retired_at:
        raise fail(RETIRED, locked.id, "definition")
    return locked


def _check_name(name: Words) -> None:
    for text in (name.zh, name.en):
        if not 0 < len(text.strip()) <= LONGEST_NAME or not text.isprintable():
            raise fail(BAD_NAME, text[:60], "name_zh")


def _rename(locked: CohortDefinition, name: Words) -> None:
    _check_name(name)
    locked.name_zh, locked.name_en = name.zh, name.en
    locked.search_text = normalised(f"{name.zh}\n{name.en}")
    locked.save(update_fields=["name_zh", "name_en", "search_text"])


def _text(where: str, text: str) -> str:
    """Return what can be kept of a note. Raises `query.malformed` for what is no text."""
    found = text.strip()
    if any(category(c) in ("Cs", "Cc") and c not in "\r\n\t" for c in found):
        zh, en = "文字，不含控制字符与残缺字符", "text without control or half characters"
        raise fail(MALFORMED, printable(found[:60]), where, required_zh=zh, required_en=en)
    return found[:LONGEST_NOTE]


def _new_version(
    actor: Actor, definition: CohortDefinition, population: Population, circe: str, note: str
) -> DefinitionVersion:
    content = to_json(population)
    from_json(content)  # what is kept can be read again, within the same limits
    definition.latest += 1
    definition.save(update_fields=["latest"])
    version = DefinitionVersion(
        definition=definition,
        number=definition.latest,
        content=content,
        digest=digest(population),
        circe=circe,
        author=User.objects.get(pk=actor.id),
        note=_text("note", note),
    )
    version.save()
    return version


def _require(version: DefinitionVersion, *states: VersionState) -> None:
    if version.state not in states:
        zh, en = _states(states)
        raise fail(WRONG_STATE, version.state.value, version.id, zh=zh, en=en)


def _states(states: tuple[VersionState, ...]) -> tuple[str, str]:
    return "、".join(str(s.label) for s in states), " or ".join(s.value for s in states)


def _decided(
    actor: Actor, version: DefinitionVersion, state: VersionState, reason: str, event: str
) -> Done[DefinitionVersion]:
    said = _text("reason", reason)
    Decision(version=version, state=state, by=User.objects.get(pk=actor.id), reason=said).save()
    return done(version, event, version.id, digest=version.digest, reason=said)
