"""A member of whom nothing is known yet but market, language and zone: somebody new at an address we knew."""

from loyalty.work import Work
from storage import people
from storage.members import MemberRow


def add_like(work: Work, old: MemberRow, phone: str | None = None) -> int:
    """Add a newcomer where somebody else was; the id. Their language is taken for a hint only."""
    fresh = work.transaction.ids.new()
    known = {"market": old.market, "locale": old.locale, "locale_source": "hint", "zone": old.zone, "phone": phone}
    state = {"birth_edits": 0, "marketing": 0, "control": "bot", "control_version": 0}
    row = {**dict.fromkeys(people.MEMBER_FIELDS), **known, **state}
    people.add_members(work.transaction, [{"id": fresh, **row, "created_at": work.now}])
    return fresh
