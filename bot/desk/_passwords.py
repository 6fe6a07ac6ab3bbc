"""The staff's passwords: argon2, off the event loop, a few at a time, and the same work whether somebody is known."""

from __future__ import annotations

import asyncio
import unicodedata
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

from bot.desk._words import N_

LEAST, MOST = 12, 200
_AT_ONCE = 2
TOO_SHORT = N_("A password has at least 12 characters.")
TOO_LONG = N_("A password has at most 200 characters.")
GUESSABLE = N_("The password must not be your name or your e-mail address.")


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _of_nobody() -> str:
    """What is compared when nobody has the address: it takes as long, and is never right."""
    return _hasher().hash("nobody's password")


class Passwords:
    """Hashes and compares. Each takes memory and a core: only so many are worked on at the same time."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """What is kept of a password."""
        async with self._free:
            return await asyncio.to_thread(_hasher().hash, _tidy(password))

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Whether this is the password; with nothing kept it never is, and takes no less time."""
        async with self._free:
            return await asyncio.to_thread(_compare, _tidy(password), kept)


def _compare(password: str, kept: str | None) -> bool:
    nobodys = _of_nobody()  # made by the first comparison, whoever's that is
    try:
        is_right = _hasher().verify(password[:MOST], kept or nobodys)
    except PwdlibError:
        return False
    return is_right and kept is not None and len(password) <= MOST


def objection(password: str, *, email: str, name: str) -> str | None:
    """Why this cannot be somebody's password, as a marked text; None if it can."""
    tidy = _tidy(password)
    if len(tidy) < LEAST:
        return TOO_SHORT
    if len(tidy) > MOST:
        return TOO_LONG
    plain = tidy.strip().casefold()
    own = {email.casefold(), email.partition("@")[0].casefold(), _tidy(name).strip().casefold()}
    return GUESSABLE if plain in own else None


def _tidy(password: str) -> str:
    """The same characters however the keyboard made them."""
    return unicodedata.normalize("NFKC", password)
