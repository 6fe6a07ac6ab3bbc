"""A member's page: the whole conversation over every channel, who has it, where an answer is written, and the card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from bot.desk._call import Call
from bot.desk._card import card_fragment, card_of
from bot.desk._composer import Composer, composer_of
from bot.desk._context import PREFIX, DeskContext
from bot.desk._lease import LeaseView, lease_fragment, lease_view
from bot.desk._members import seen_member
from bot.desk._names import Names
from bot.desk._queue import QueueView, queue_view
from bot.desk._roles import Permission
from bot.desk._routes import DeskRoute
from bot.desk._sessions import SignedIn
from bot.desk._sse import Stamp
from bot.desk._thread import Reader, thread_fragment
from loyalty.wording import said
from storage import timeline
from storage.database import Transaction
from storage.members import MemberRow
from storage.timeline import Entry

PAGE = 50
"""Entries that are shown at once."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The middle and the right of the page, as HTML and what stands around it."""

    member: MemberRow
    name: str
    version: int
    after: str
    thread: str
    older: int | None
    lease: str
    composer: str
    card: str
    is_mine: bool
    may_resend: bool


def reader_of(
    desk: DeskContext, member: MemberRow, locale: str, names: Mapping[int, str], *, may_resend: bool
) -> Reader:
    """Who reads this member's conversation."""
    return Reader(
        voice=desk.words.voice(locale),
        member_id=member.id,
        zone=member.zone,
        names=names,
        channels=desk.channels,
        may_resend=may_resend,
        reasons={one.name: said(one.title, locale) for one in desk.world.programme.desk.goodwill.reasons},
    )


def page_of(transaction: Transaction, member_id: int, before: int | None) -> tuple[list[Entry], int | None]:
    """A page of entries, and the id before which there are more."""
    found = timeline.page(transaction, member_id, before=before, most=PAGE + 1)
    entries = found[-PAGE:]
    return entries, entries[0].id if len(found) > PAGE else None


@dataclass(frozen=True, slots=True)
class Conversations:
    """Reads conversations for pages."""

    desk: DeskContext
    names: Names

    async def page(self, call: Call) -> Response:
        """The whole page."""
        return await self.show(call)

    async def show(self, call: Call, status: int = 200, *, said: str | None = None) -> Response:
        """The same after something went wrong: `said` is told, and what was typed stands where it was typed."""
        member_id = call.number("id")

        def read(transaction: Transaction) -> tuple[QueueView, Talk]:
            member = seen_member(call, transaction, member_id)
            return queue_view(call, transaction, self.names, here=member.id), self._talk(call, transaction, member)

        queue, talk = await self.desk.database.read(read)
        await call.saw("conversation_seen", talk.member.id)
        await call.saw("queue_seen", cases=queue.shown)
        told: dict[str, Any] = {} if said is None else {"flash": said}
        response: Response = call.render("desk.html", status, queue=queue, talk=talk, **told)
        return response

    def _talk(self, call: Call, transaction: Transaction, member: MemberRow) -> Talk:
        desk, viewer, now = self.desk, _viewer(call), call.now
        may_resend = call.can(Permission.REPLY)
        entries, older = page_of(transaction, member.id, call.asked("before"))
        reader = reader_of(desk, member, viewer.staff.locale, self.names.known(transaction, now), may_resend=may_resend)
        # A page of older entries is told from now on: what lies between is the newest page's.
        newest = newest_of(entries) if call.asked("before") is None else desk.database.ids.new()
        lease = lease_view(desk, self.names, transaction, member, viewer=viewer, now=now)
        card = card_of(desk, self.names, transaction, member, viewer=viewer, now=now)
        return Talk(
            member=member,
            name=card.name,
            version=lease.version,
            after=str(Stamp(newest, now)),
            thread=thread_fragment(entries, reader),
            older=older,
            lease=lease_fragment(lease, call.voice, csrf=call.csrf, now=now),
            composer=self._composer(call, transaction, member, lease),
            card=card_fragment(card, call.voice, viewer=viewer, now=now),
            is_mine=lease.is_mine,
            may_resend=may_resend,
        )

    def _composer(self, call: Call, transaction: Transaction, member: MemberRow, lease: LeaseView) -> str:
        chosen = call.query.get("canned", "")
        composer = composer_of(self.desk, transaction, member, lease, viewer=_viewer(call), chosen=chosen, now=call.now)
        return composer_fragment(call, f"{PREFIX}/members/{member.id}", composer)

    async def thread(self, call: Call) -> Response:
        """Older entries alone, as the script adds them; the header says where the still older ones are."""
        member_id = call.number("id")

        def read(transaction: Transaction) -> tuple[int, str, int | None]:
            member = seen_member(call, transaction, member_id)
            entries, older = page_of(transaction, member.id, call.asked("before"))
            names = self.names.known(transaction, call.now)
            reader = reader_of(self.desk, member, call.voice.locale, names, may_resend=call.can(Permission.REPLY))
            return member.id, thread_fragment(entries, reader), older

        found, html, older = await self.desk.database.read(read)
        await call.saw("conversation_seen", found)
        headers = {"x-desk-older": f"{PREFIX}/members/{found}/thread?before={older}"} if older else {}
        return Response(html, headers=headers, media_type="text/html; charset=utf-8")


def composer_fragment(call: Call, root: str, composer: Composer) -> str:
    """The composer, with what was typed into one of its forms before: an answer stays one, a note stays inside."""
    typed, act = call.form.get("words"), call.request.url.path.rpartition("/")[2]
    words = typed if typed is not None and act == "reply" else composer.words
    noted = typed if typed is not None and act == "note" else ""
    return call.voice.fragment(
        "composer.html", composer=composer, root=root, csrf=call.csrf, words=words, noted=noted, typed=call.form
    )


def newest_of(entries: Sequence[Entry]) -> int:
    """The id of the last one."""
    return entries[-1].id if entries else 0


def _viewer(call: Call) -> SignedIn:
    assert call.signed_in is not None
    return call.signed_in


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The page and its older entries."""
    pages = Conversations(desk, Names())
    return [
        DeskRoute("GET", "/members/{id}", Permission.READ, pages.page),
        DeskRoute("GET", "/members/{id}/thread", Permission.READ, pages.thread),
    ]
