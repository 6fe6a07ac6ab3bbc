"""The pipeline's database: filled with members before a run, checked against what was asked after it."""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks._members import DAY, LOCALES, Crowd, Grant, Person
from benchmarks._questions import Question
from bot.app import flow_folders, load_texts
from bot.flows.library import Library
from bot.message import Points, decode
from bot.settings import Settings
from storage import ledger, people
from storage.database import Transaction
from storage.ids import Ids
from storage.ledger import Earning
from storage.migrations import upgrade

_SHOWN = 3


@dataclass(slots=True)
class Checked:
    """Rows found, and what is wrong with them."""

    inbox: int = 0
    outbox: int = 0
    wrong: list[str] = field(default_factory=list)


def fill(path: Path, crowd: Crowd) -> None:
    """A migrated database in which everybody has joined, writes on WhatsApp and holds their points."""
    upgrade(f"sqlite:///{path}")
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN")
    transaction = Transaction(connection, "sqlite", Ids())
    now = time.time_ns() // 1_000
    ids = {member.number: transaction.ids.new() for member in crowd}
    people.add_members(transaction, [_member(member, ids[member.number], now) for member in crowd])
    addresses = [_address(transaction, member, ids[member.number], now) for member in crowd]
    people.add_addresses(transaction, addresses)
    people.add_conversations(
        transaction,
        [
            {"address_id": row["id"], "last_inbound_at": now, "misses": 0, "version": 1, "leaning": None}
            for row in addresses
        ],
    )
    for member in crowd:
        for place, grant in enumerate(member.grants):
            ledger.earn(transaction, _earning(member, ids[member.number], grant, place, now), now)
    connection.execute("COMMIT")
    connection.close()


def _member(member: Person, member_id: int, now: int) -> dict[str, Any]:
    return {
        "id": member_id,
        "market": member.market,
        "locale": member.locale,
        "locale_source": "settled",
        "name": None,
        "phone": member.phone,
        "zone": member.zone,
        "birth_month": None,
        "birth_day": None,
        "birth_year": None,
        "birth_edits": 0,
        "birth_set_at": None,
        "joined_at": now - 300 * DAY,
        "terms_version": "2026-01",
        "referral_code": None,
        "marketing": 1,
        "control": "bot",
        "control_version": 0,
        "created_at": now - 300 * DAY,
    }


def _address(transaction: Transaction, member: Person, member_id: int, now: int) -> dict[str, Any]:
    return {
        "id": transaction.ids.new(),
        "channel": "whatsapp",
        "value": member.phone,
        "member_id": member_id,
        "profile_name": "Ada",
        "reachable": 1,
        "opted_out": 0,
        "created_at": now - 300 * DAY,
    }


def _earning(member: Person, member_id: int, grant: Grant, place: int, now: int) -> Earning:
    order = f"order-{member.number}-{place}"
    return Earning(
        key=f"purchase:{order}",
        member_id=member_id,
        points=grant.points,
        kind="purchase",
        reference=order,
        activates_at=now + grant.activates * DAY,
        expires_at=None if grant.expires is None else now + grant.expires * DAY,
    )


def check(path: Path, asked: Sequence[Question]) -> Checked:
    """Is there one inbox row and one reply a question, each reply the member's own balance in the member's locale?"""
    wanted = {question.sid: question.member for question in asked}
    expected = _Expected()
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT inbox.provider_id, outbox.body, outbox.locale, outbox.status, address.value FROM outbox"
            " JOIN inbox ON inbox.id = outbox.inbox_id JOIN address ON address.id = outbox.address_id"
        ).fetchall()
        found = Checked(
            *(connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("inbox", "outbox"))
        )
    connection.close()
    for sid, body, locale, status, phone in rows:
        member = wanted.pop(sid, None)
        text = decode(body).text.body
        if member is None or (phone, locale.partition("@")[0], status) != (member.phone, member.locale, "pending"):
            found.wrong.append(f"{sid}: {locale} {status}")
        elif text.split("\n\n")[0] != expected.balance(member):
            found.wrong.append(f"{sid}: {text[:80]!r}")
    found.wrong += [f"{sid}: no reply" for sid in wanted]
    return found


class _Expected:
    """The first sentence of the right answer."""

    def __init__(self) -> None:
        settings = Settings(locales=LOCALES)
        self._texts = load_texts(settings)
        steps = Library.load(flow_folders(settings)).active["balance"].nodes
        self._some, self._empty = steps["some"].message, steps["empty"].message

    def balance(self, member: Person) -> str:
        message = self._some if member.grants else self._empty
        assert message is not None
        return self._texts.text(member.locale, message, {"points": Points(member.active)}).body


def rows_of(path: Path, asked: Sequence[Question]) -> Checked:
    """The same for the simple servers, whose tables are called inbox and outbox too: only the counts."""
    with sqlite3.connect(path) as connection:
        counts = [connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("inbox", "outbox")]
    connection.close()
    found = Checked(*counts)
    if counts != [len(asked)] * 2:
        found.wrong.append(f"{counts} rows for {len(asked)} messages")
    return found


def first(wrong: Sequence[str]) -> list[str]:
    """A few of what is wrong, for the eye."""
    return list(wrong[:_SHOWN])
