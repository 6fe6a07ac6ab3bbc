"""Who works at the desk: added, changed, disabled, given a link. Run inside a transaction; nothing here commits.

What a person may do ends with what they were: a new role, a new password or being disabled signs them out elsewhere.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

import orjson

from bot.desk._roles import ADMIN, ROLES
from bot.desk._words import N_
from loyalty.tokens import Keyring, hashed
from storage import audit, staff
from storage.database import Transaction
from storage.staff import LinkRow, StaffRow

_HOUR = 3600 * 1_000_000
FIRST_LIFE = 24 * _HOUR
INVITED_LIFE = 72 * _HOUR
_EMAIL = re.compile(r"[^@\s<>\"(),:;\\\[\]]{1,64}@[^@\s<>\"(),:;\\\[\]]{1,180}")
_LONGEST_NAME = 100
_LARGEST = 2**63 - 1


class Unfit(Exception):
    """This cannot be kept; `text` is a marked text of the desk that says why."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True, slots=True)
class Person:
    """What an administrator says about somebody."""

    name: str
    role: str
    markets: tuple[str, ...] = ()
    locale: str = "en"
    telegram_id: int | None = None

    def checked(self) -> Person:
        """The same, if it can be kept."""
        name = " ".join(self.name.split())
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise Unfit(N_("A name is a line of at most 100 characters."))
        if self.role not in ROLES:
            raise Unfit(N_("There is no such role."))
        if self.telegram_id is not None and not 0 < self.telegram_id <= _LARGEST:
            raise Unfit(N_("A Telegram id is a number."))
        return Person(name, self.role, tuple(sorted(set(self.markets))), self.locale, self.telegram_id)

    def over(self, row: StaffRow) -> StaffRow:
        """The row as it will be."""
        markets = orjson.dumps(self.markets).decode()
        return row._replace(
            name=self.name, role=self.role, markets=markets, locale=self.locale, telegram_id=self.telegram_id
        )


def checked_email(text: str) -> str:
    """The address in small letters, if it looks like one."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email) or not email.isprintable():
        raise Unfit(N_("That is no e-mail address."))
    return email


def add_staff(
    transaction: Transaction, email: str, person: Person, *, by: int | None, now: int, password: str | None = None
) -> StaffRow:
    """Somebody new. Without a password they choose one by a link."""
    email, person = checked_email(email), person.checked()
    if staff.by_email(transaction, email) is not None:
        raise Unfit(N_("Somebody has this e-mail address already."))
    row = StaffRow(transaction.ids.new(), email, "", "", "[]", "en", password, None, now)
    row = person.over(row)
    _check_telegram(transaction, row)
    staff.add(transaction, row)
    _record(transaction, by, "staff_added", row, now, role=row.role, markets=person.markets)
    return row


def change_staff(
    transaction: Transaction, row: StaffRow, person: Person, *, by: int, now: int, session: str = ""
) -> StaffRow:
    """Somebody is described anew; with another role their other sign-ins end (all but `session`)."""
    new = person.checked().over(row)
    if row.role == ADMIN != new.role:
        _keep_a_leader(transaction, row)
    _check_telegram(transaction, new)
    staff.save(transaction, new)
    if new.role != row.role:
        staff.close_sessions(transaction, row.id, without=session)
    changed = [name for name, old, now_ in zip(StaffRow._fields, row, new, strict=True) if old != now_]
    _record(transaction, by, "staff_changed", row, now, what=changed, role=new.role, markets=person.markets)
    return new


def disable_staff(transaction: Transaction, row: StaffRow, *, by: int | None, now: int) -> None:
    """Signed out everywhere, and never in again until enabled."""
    _keep_a_leader(transaction, row)
    staff.save(transaction, row._replace(disabled_at=now))
    staff.close_sessions(transaction, row.id)
    staff.drop_links(transaction, row.id)
    _record(transaction, by, "staff_disabled", row, now)


def enable_staff(transaction: Transaction, row: StaffRow, *, by: int, now: int) -> None:
    """They may sign in again."""
    staff.save(transaction, row._replace(disabled_at=None))
    _record(transaction, by, "staff_enabled", row, now)


def staff_link(transaction: Transaction, keyring: Keyring, row: StaffRow, *, by: int | None, now: int) -> str:
    """The token of a new one-time link with which they choose a password; older links of theirs die."""
    if row.disabled_at is not None:
        raise Unfit(N_("They are disabled."))
    token = give_link(transaction, keyring, row.id, now + INVITED_LIFE)
    _record(transaction, by, "staff_linked", row, now)
    return token


def give_link(transaction: Transaction, keyring: Keyring, staff_id: int | None, expires_at: int) -> str:
    """A token nobody else has; only its hash is kept."""
    token = secrets.token_urlsafe(32)
    staff.add_link(transaction, LinkRow(link_hash(keyring, token), staff_id, expires_at))
    return token


def link_hash(keyring: Keyring, token: str) -> str:
    """What is kept of a link's token."""
    return hashed(keyring, "staff link", token)


def set_password(
    transaction: Transaction, row: StaffRow, password: str, *, by: int | None, now: int, session: str = ""
) -> None:
    """A new password (as it is kept); every other sign-in and every link of theirs ends."""
    staff.save(transaction, row._replace(password=password))
    staff.close_sessions(transaction, row.id, without=session)
    staff.drop_links(transaction, row.id)
    _record(transaction, by, "password_changed", row, now)


def _check_telegram(transaction: Transaction, row: StaffRow) -> None:
    if row.telegram_id is None:
        return
    others = [one for one in staff.everybody(transaction) if one.id != row.id]
    if any(one.telegram_id == row.telegram_id for one in others):
        raise Unfit(N_("Somebody has this Telegram id already."))


def _keep_a_leader(transaction: Transaction, row: StaffRow) -> None:
    if row.role == ADMIN and row.disabled_at is None and not staff.leaders(transaction, ADMIN, without=row.id):
        raise Unfit(N_("There must be another administrator first."))


def _record(transaction: Transaction, by: int | None, action: str, about: StaffRow, now: int, **detail: Any) -> None:
    detail = {"staff": str(about.id), **detail}
    audit.record(transaction, staff_id=by, action=action, detail=detail, now=now)
