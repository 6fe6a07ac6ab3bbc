"""Members who have joined, purchases reported to the event table, questions by webhook, and what became of it all."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from storage import ledger, occasions, people
from storage.database import Database, Transaction
from tests.robustness.server import TELEGRAM_SECRET, until
from tests.robustness.wire import Post

NOW = 1_790_000_000_000_000
QUESTIONS = ("/balance", "how many points do I have?", "help", "balance", "/balance", "menu", "why?")
PROGRAMME = """\
name: Plain
brand: {{contact: shop@plain.example, hours: always}}
terms: {{version: "1"}}
default_market: US
markets:
  US:
    currency: {currency}
    earn: {{points: 3, per: 200}}
    channels: [telegram]
"""
"""Points come from purchases and from nothing else."""


def write_programme(folder: Path, currency: str = "USD") -> Path:
    """A deployment's folder with the plain programme."""
    own = folder / "deployment"
    own.mkdir(exist_ok=True)
    (own / "programme.yaml").write_text(PROGRAMME.format(currency=currency))
    return own


def points(amount: int) -> int:
    """What the plain programme gives for an order."""
    return amount * 3 // 200


def user_id(member: int) -> int:
    """The Telegram user of a member of these tests."""
    return 7_000_000 + member


async def join_all(database: Database, count: int) -> None:
    """Members 1, 2, … who have joined and have one Telegram address each."""
    members = [_member(number) for number in range(1, count + 1)]
    addresses = [_address(number) for number in range(1, count + 1)]
    fresh = {"last_inbound_at": NOW, "misses": 0, "version": 0, "leaning": None}
    talks = [{"address_id": row["id"], **fresh} for row in addresses]

    def work(transaction: Transaction) -> None:
        people.add_members(transaction, members)
        people.add_addresses(transaction, addresses)
        people.add_conversations(transaction, talks)

    await database.write(work)


def _member(number: int) -> dict[str, Any]:
    unset = ("name", "phone", "birth_month", "birth_day", "birth_year", "birth_set_at", "referral_code")
    settled = {"market": "US", "locale": "en", "locale_source": "chosen", "zone": "UTC", "terms_version": "1"}
    counted = {"birth_edits": 0, "marketing": 0, "control": "bot", "control_version": 0}
    when = {"joined_at": NOW, "created_at": NOW}
    return {"id": number, **dict.fromkeys(unset), **settled, **counted, **when}


def _address(number: int) -> dict[str, Any]:
    place = {"channel": "telegram", "value": str(user_id(number)), "member_id": number, "profile_name": None}
    return {"id": 1_000 + number, **place, "reachable": 1, "opted_out": 0, "created_at": NOW}


def question(member: int, update_id: int, text: str) -> Post:
    """A member's text as Telegram posts it."""
    person = {"id": user_id(member), "is_bot": False, "first_name": "Ada", "language_code": "en"}
    chat = {"id": user_id(member), "type": "private", "first_name": "Ada"}
    message = {"message_id": update_id, "from": person, "chat": chat, "date": 1_790_000_000, "text": text}
    body = orjson.dumps({"update_id": update_id, "message": message})
    secret = {"content-type": "application/json", "x-telegram-bot-api-secret-token": TELEGRAM_SECRET}
    return Post("/webhooks/telegram", body, secret)


def questions(chance: random.Random, member: int, first: int, count: int) -> list[Post]:
    """So many questions in a row, with update ids from `first` on."""
    return [question(member, first + place, chance.choice(QUESTIONS)) for place in range(count)]


def purchase(member: int, order: str, amount: int, *, key: str | None = None, currency: str = "USD") -> dict[str, Any]:
    """A purchase as a row of the event table."""
    data = orjson.dumps({"order_id": order, "amount": amount, "currency": currency}).decode()
    where = {"channel": "telegram", "address": str(user_id(member))}
    return {"key": key or f"purchase:{order}", **where, "kind": "purchase", "data": data, "created_at": NOW}


async def report(database: Database, rows: Sequence[dict[str, Any]]) -> None:
    """Put events into their table, as another process does."""

    def work(transaction: Transaction) -> None:
        for row in rows:
            occasions.add_event(transaction, row)

    await database.write(work)


async def balances(database: Database, count: int, now: int) -> dict[int, int]:
    """Member -> active and pending points."""

    def work(transaction: Transaction) -> dict[int, int]:
        found = {number: ledger.position_of(transaction, number, now) for number in range(1, count + 1)}
        return {number: position.active + position.pending for number, position in found.items()}

    return await database.read(work)


WORKING = (
    "SELECT count(*) FROM event WHERE status = 'waiting'",
    "SELECT count(*) FROM timer WHERE kind = 'occasion'",
    "SELECT count(*) FROM outbox WHERE status IN ('pending', 'sending')",
)
"""What is still to be done; the house is quiet when each is 0, in this order: one leads to the next."""


async def quiet(database: str, *, seconds: float) -> None:
    """Wait until nothing is left to be done."""
    for sql in (*WORKING, *WORKING):
        await until(database, sql, 0, seconds=seconds)
