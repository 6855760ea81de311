"""Names for the ids that events and answers carry, looked up together for one page."""

from __future__ import annotations

from collections.abc import Iterable

from qundao.hub.members.models import Organisation, User
from qundao.hub.pages.components import Text
from qundao.kernel.words import Words

_FIXED: dict[str, Text] = {
    "hub": Words("平台", "the hub"),
    "visitor": Words("访客", "a visitor"),
}


def names_of(ids: Iterable[str]) -> dict[str, Text]:
    """Return the names of users and organisations by id; an id without a name is left out."""
    wanted = {i for i in ids if i}
    people = User.objects.filter(pk__in=wanted).values_list("pk", "display_name")
    members = Organisation.objects.filter(pk__in=wanted)
    found: dict[str, Text] = {k: v for k, v in _FIXED.items() if k in wanted}
    return found | dict(people) | {m.pk: m.words for m in members}
