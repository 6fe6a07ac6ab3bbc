"""How things look that the hub sends to open pages: the same as on the pages themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from bot.desk._card import card_fragment, card_of
from bot.desk._context import DeskContext
from bot.desk._conversation import reader_of
from bot.desk._hub_reads import Audience, Lease
from bot.desk._lease import lease_fragment, lease_view
from bot.desk._names import Names
from bot.desk._queue import PAGE, Asked, listed, queue_fragment
from bot.desk._sessions import SignedIn
from bot.desk._thread import entry_html
from storage import members
from storage.database import Transaction
from storage.members import MemberRow
from storage.timeline import Entry


@dataclass(frozen=True, slots=True)
class PageViews:
    """Draws with the pages' own templates; safe from any thread."""

    desk: DeskContext
    names: Names = field(default_factory=Names)

    def entries(
        self, transaction: Transaction, member_id: int, entries: Sequence[Entry], audience: Audience
    ) -> list[str]:
        """Each entry's `<li>`."""
        member = _member(transaction, member_id)
        names = self.names.known(transaction, self.desk.clock())
        reader = reader_of(self.desk, member, audience.locale, names, may_resend=audience.may_reply)
        return [entry_html(entry, reader) for entry in entries]

    def lease(self, transaction: Transaction, member_id: int, viewer: SignedIn, now: int) -> Lease:
        """The bar for one person."""
        member = _member(transaction, member_id)
        view = lease_view(self.desk, self.names, transaction, member, viewer=viewer, now=now)
        voice = self.desk.words.voice(viewer.staff.locale)
        html = lease_fragment(view, voice, csrf=viewer.session.csrf, now=now)
        return Lease(html, view.version, mine="reply" in view.may and not view.shut)

    def card(self, transaction: Transaction, member_id: int, viewer: SignedIn, now: int) -> str:
        """What stands in the card for one person."""
        member = _member(transaction, member_id)
        card = card_of(self.desk, self.names, transaction, member, viewer=viewer, now=now)
        return card_fragment(card, self.desk.words.voice(viewer.staff.locale), viewer=viewer, now=now)

    def queue(self, transaction: Transaction, query: str, markets: tuple[str, ...], locale: str, now: int) -> str:
        """The cases of a queue under a filter."""
        asked = Asked.of(dict(parse_qsl(query)))
        rows = listed(transaction, asked, markets)
        names = self.names.known(transaction, now)
        voice = self.desk.words.voice(locale)
        return queue_fragment(rows[:PAGE], voice, names, now=now, query=asked.query())


def _member(transaction: Transaction, member_id: int) -> MemberRow:
    found = members.current(transaction, member_id)
    if found is None:
        raise LookupError(f"there is no member {member_id}")
    return found
