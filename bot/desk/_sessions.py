"""Who is signed in: server-side sessions behind a random cookie, with a small memory so that pages need no read.

The database keeps the cookie's SHA-256 only. What ends a sign-in in this process (`forget`) is felt at once; what
another process does, within `_FRESH`.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from storage import staff
from storage.database import Database, Transaction
from storage.staff import SessionRow, StaffRow

_SECOND = 1_000_000
IDLE = 30 * 60 * _SECOND
LIFE = 12 * 3600 * _SECOND
_FRESH = 5 * _SECOND
_SEEN_EVERY = 60 * _SECOND
_MOST = 1_000
_LONGEST_COOKIE = 128


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody at the desk, and the sign-in they came with."""

    staff: StaffRow
    session: SessionRow


@dataclass(slots=True)
class _Known:
    signed_in: SignedIn
    read_at: int
    seen_at: int


class Sessions:
    """Opens, finds and ends sign-ins."""

    def __init__(self, database: Database, tell: Callable[[int], None] = lambda _: None) -> None:
        self._database = database
        self._tell = tell
        """Hears of the person whose sign-ins or rights have changed: their open pages look again."""
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._flashes: OrderedDict[str, str] = OrderedDict()
        self._ended = 0
        """How often something ended: what was read before that is not remembered."""

    async def find(self, cookie: str, now: int, *, using: bool = True) -> SignedIn | None:
        """Whose sign-in the cookie is; None if it is nobody's or over. `using` keeps it from being idle."""
        if not 0 < len(cookie) <= _LONGEST_COOKIE:
            return None
        digest = digest_of(cookie)
        known = self._known.get(digest)
        if known is None or not 0 <= now - known.read_at <= _FRESH:
            known = await self._read(digest, now)
        if known is None or not is_live(known.signed_in.session.created_at, known.seen_at, now):
            self._known.pop(digest, None)
            return None
        if using:
            await self._see(digest, known, now)
        return known.signed_in

    async def _read(self, digest: str, now: int) -> _Known | None:
        ended = self._ended
        row = await self._database.read(lambda t: staff.session(t, digest, **self.over(now)))
        if row is None:
            self._known.pop(digest, None)
            return None
        session, person = row
        known = _Known(SignedIn(person, session), now, session.seen_at)
        if ended == self._ended:
            self._known[digest] = known
            self._known.move_to_end(digest)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
        return known

    async def _see(self, digest: str, known: _Known, now: int) -> None:
        since = now - _SEEN_EVERY
        if known.seen_at <= since:
            known.seen_at = now
            await self._database.write(lambda t: staff.see_session(t, digest, now, since=since))

    def forget(self, staff_id: int) -> None:
        """Something about this person has changed: whatever is remembered of them is read again."""
        self._ended += 1
        self._tell(staff_id)
        for digest in [key for key, known in self._known.items() if known.signed_in.staff.id == staff_id]:
            del self._known[digest]

    @staticmethod
    def over(now: int) -> dict[str, int]:
        """Sign-ins made before `born` or last used before `seen` are over."""
        return {"born": now - LIFE, "seen": now - IDLE}

    def flash(self, signed_in: SignedIn, text: str) -> None:
        """Tell them this on the next page they see."""
        self._flashes[signed_in.session.hash] = text
        if len(self._flashes) > _MOST:
            self._flashes.popitem(last=False)

    def flashed(self, signed_in: SignedIn) -> str | None:
        """What they are to be told, this once."""
        return self._flashes.pop(signed_in.session.hash, None)


def open_session(transaction: Transaction, staff_id: int, now: int, *, instead_of: str = "") -> str:
    """Sign somebody in, with a cookie that nobody has seen before; the one they came with is worth nothing then."""
    if instead_of:
        staff.close_session(transaction, digest_of(instead_of))
    cookie = secrets.token_urlsafe(32)
    row = SessionRow(digest_of(cookie), staff_id, secrets.token_urlsafe(32), now, now)
    staff.open_session(transaction, row)
    return cookie


def is_live(created_at: int, seen_at: int, now: int) -> bool:
    """Whether a sign-in made and last used then still counts."""
    return now - created_at < LIFE and now - seen_at < IDLE


def digest_of(cookie: str) -> str:
    """What is kept of a cookie's value."""
    return sha256(cookie.encode()).hexdigest()
