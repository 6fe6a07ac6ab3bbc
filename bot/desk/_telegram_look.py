"""What there is to tell in a member's topic: read in one go, decided by plain functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.desk._telegram_words import About, member_name
from bot.desk._words import N_, Voice
from storage import cases, members, people, staff, timeline, topics
from storage.cases import CaseRow
from storage.database import Transaction
from storage.timeline import Entry
from storage.topics import TopicRow

_LATE = 5_000_000
"""Microseconds that a row of another process may come later than it was made."""
RECENT = 10
"""So much of the conversation stands in a topic when it is opened."""


@dataclass(frozen=True, slots=True)
class Look:
    """A member as the staff's group is to show them. `fate`: here, erased, or merged into somebody else."""

    member_id: int
    fate: str
    heir: int | None = None
    about: About | None = None
    case: CaseRow | None = None
    topic: TopicRow | None = None
    entries: Sequence[Entry] = ()
    """In order; those after `topic.shown_id`, and some before that may be told already."""
    own: frozenset[int] = frozenset()
    """Which of them were written in the group."""


@dataclass(slots=True)
class Shown:
    """What this process knows of a topic besides its row."""

    told: set[int] = field(default_factory=set)
    """Ids that need no telling: rows of other processes may come late, with lower ids than what was told."""
    part: tuple[int, int] = (0, 0)
    """An entry, and how many of its lines were said: it was too long for one message, or its files follow."""
    failed: set[int] = field(default_factory=set)
    """Messages that did not arrive, which was said."""
    looked_at: int = 0
    """Microseconds UTC; 0: not yet."""
    card: tuple[object, ...] | None = None


def look(transaction: Transaction, member_id: int, changed: int, voice: Voice) -> Look:
    """Read everything about one member. `changed`: whose message changed since then is among the entries."""
    member = members.get(transaction, member_id)
    topic = topics.of_member(transaction, member_id)
    if member is None or member.erased_at is not None:
        return Look(member_id, "erased", topic=topic)
    if member.merged_into is not None:
        heir = members.current(transaction, member_id)
        fate = "merged" if heir is not None and heir.erased_at is None else "erased"
        return Look(member_id, fate, heir.id if heir is not None else None, topic=topic)
    case = cases.unresolved(transaction, member_id)
    if case is None and topic is not None and topic.card_id is not None:
        case = cases.latest(transaction, member_id)
    if case is None:
        return Look(member_id, "here", topic=topic)
    entries = _entries(transaction, member_id, topic, changed)
    ids = [one.id for one in entries if one.author_id is not None and one.kind in ("out", "note")]
    own = frozenset(topics.written_there(transaction, ids))
    about = _about(transaction, member_id, case, voice)
    return Look(member_id, "here", None, about, case, topic, entries, own)


def _entries(transaction: Transaction, member_id: int, topic: TopicRow | None, changed: int) -> list[Entry]:
    if topic is None or topic.card_id is None:
        return timeline.page(transaction, member_id, most=RECENT)
    return timeline.since(transaction, member_id, after=topic.shown_id, changed=changed)


def _about(transaction: Transaction, member_id: int, case: CaseRow, voice: Voice) -> About:
    rows = people.of_member(transaction, member_id)
    profile = next((row.profile_name for row in rows if row.profile_name), None)
    known = rows[0] if rows else None
    name = (known.name if known is not None else None) or profile or voice.say(N_("Member"))
    return About(
        name=member_name(name),
        staff={one.id: one.name for one in staff.everybody(transaction)},
        market=case.market,
        locale=known.locale if known is not None else voice.locale,
        zone=known.zone if known is not None else "UTC",
        points=known.active if known is not None else None,
    )


def news(found: Look, shown: Shown) -> list[Entry]:
    """What is to be told now, in order."""
    topic = found.topic
    if topic is None or topic.card_id is None:
        return [one for one in found.entries if one.id not in shown.told]
    after = topic.shown_id
    if not shown.looked_at:
        shown.told.update(one.id for one in found.entries if one.id <= after)
    return [one for one in found.entries if one.id not in shown.told and (one.id > after or _is_new(one, shown))]


def _is_new(entry: Entry, shown: Shown) -> bool:
    """An older row that was not there at the last look; a message whose state changed is none."""
    return entry.at >= shown.looked_at - _LATE and entry.id not in shown.told
