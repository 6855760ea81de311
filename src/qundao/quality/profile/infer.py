"""What a column is, told by its counts: the form that nine of ten of its values have."""

from __future__ import annotations

from dataclasses import dataclass

from qundao.quality.profile.forms import FORMS, IDENTIFIES, NAMES_A_PERSON
from qundao.quality.profile.scan import Counted

_MOST = 0.9
_PERSONAL_SHARE = 0.05
_MOST_CODES, _CODE_SHARE, _LONGEST_CODE = 200, 0.2, 60
_UNIQUE = 0.98
_SENTINEL_SHARE = 0.01
_ORDER = (*(f for f in FORMS if f.startswith("date")), "boolean", "integer", "number")


@dataclass(frozen=True, slots=True)
class Inferred:
    """A column's type (`integer`, `number`, `date YYYY-MM-DD`, `boolean`, `code`, `text`).

    `violations` are values of another form; `sentinel_missing` counts 9999 and the like where
    they stand for nothing; `personal` names what sort of personal data it seems to hold.
    """

    type: str
    violations: int
    sentinel_missing: int
    unique: bool
    personal: tuple[str, ...]

    @property
    def numeric(self) -> bool:
        """Tell whether numbers can be reckoned with."""
        return self.type in ("integer", "number")

    def identifying(self, name: str) -> bool:
        """Tell whether its values may name a person or a record, so that none is shown."""
        return bool(self.personal) or self.unique or bool(IDENTIFIES.search(name))


def infer(counted: Counted) -> Inferred:
    """Return what a column is."""
    type_, fitting = _form(counted)
    sentinels = counted.sentinels
    stand_for_nothing = sentinels > 1 and sentinels >= _SENTINEL_SHARE * counted.told
    return Inferred(
        type_,
        counted.told - fitting,
        sentinels if stand_for_nothing and not _is_unique(counted) else 0,
        _is_unique(counted),
        tuple(_personal(counted)),
    )


def _form(counted: Counted) -> tuple[str, int]:
    if not counted.told:
        return "empty", 0
    if max(counted.identity_numbers, counted.mobile_numbers) >= _MOST * counted.told:
        return "text", counted.told  # digits that nobody reckons with
    for form in _ORDER:
        written_as_code = form in ("integer", "number") and counted.leading_zeros
        if counted.forms[form] >= _MOST * counted.told and not written_as_code:
            return form, min(counted.forms[form], counted.told)
    few = counted.distinct <= min(_MOST_CODES, max(2, _CODE_SHARE * counted.told))
    return ("code" if few and counted.longest <= _LONGEST_CODE else "text"), counted.told


def _is_unique(counted: Counted) -> bool:
    return counted.told > 1 and counted.distinct >= _UNIQUE * counted.told


def _personal(counted: Counted) -> list[str]:
    least = max(1.0, _PERSONAL_SHARE * counted.told)
    found = []
    if counted.identity_numbers >= 1:
        found.append("identity number")
    if counted.mobile_numbers >= least and counted.told:
        found.append("mobile number")
    named = bool(NAMES_A_PERSON.search(counted.name))
    if named and (counted.chinese_names >= least or counted.distinct > _MOST_CODES):
        found.append("name of a person")
    return found
