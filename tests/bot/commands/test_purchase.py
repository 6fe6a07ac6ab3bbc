"""`bentornato purchase` and `bentornato refund` as a person at a shell uses them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import build
from storage import ledger, people, purchases
from storage.database import Database, Transaction
from tests.builders import member_row, query

PHONE = "+393331234567"
MEMBER = 101
Found = TypeVar("Found")


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with one member of the Italian market; the command's settings point to it."""
    monkeypatch.setenv("BENTORNATO_DATABASE", sqlite_url)
    monkeypatch.setenv("BENTORNATO_SECRET", "of tests, and of nothing else at all")
    monkeypatch.chdir(tmp_path)
    ask(sqlite_url, lambda transaction: people.add_members(transaction, [member_row(MEMBER, phone=PHONE)]))
    return sqlite_url


def ask(url: str, work: Callable[[Transaction], Found]) -> Found:
    async def run() -> Found:
        database = Database(url)
        try:
            return await database.write(work)
        finally:
            await database.close()

    return asyncio.run(run())


def run(name: str, *words: str) -> Result:
    return CliRunner().invoke(build(name), [name, *words])


def buy(amount: str = "25.90", *more: str, order: str = "A1", currency: str = "EUR") -> Result:
    whose = () if "--phone" in more else ("--member", str(MEMBER))
    return run("purchase", "--order-id", order, "--amount", amount, "--currency", currency, *whose, *more)


def refund(amount: str, refund_id: str = "R1", order: str = "A1") -> Result:
    words = ("--refund-id", refund_id, "--order-id", order, "--amount", amount, "--currency", "EUR")
    return run("refund", *words)


def said(result: Result) -> list[str]:
    """What it said, without the log of slow writes, which goes to the error stream outside of tests."""
    return [line for line in result.output.splitlines() if not line.startswith("seconds=")]


def held(url: str) -> int:
    position = ask(url, lambda transaction: ledger.position_of(transaction, MEMBER, 0))
    return position.active + position.pending


def test_an_order_is_booked_once(url: str) -> None:
    first, again = buy(), buy()
    assert (first.exit_code, again.exit_code) == (0, 0), first.output
    assert said(first) == ["booked: order A1, 25 points", "  stamps on coffee: 1"]
    assert said(again) == ["known already: order A1, 25 points"]
    assert held(url) == 25
    keys = ask(url, lambda transaction: transaction.all(query("select key, kind from timer")))
    assert keys == [("purchase_notice:A1", "occasion")]


def test_shipping_and_what_points_paid_earn_nothing(url: str) -> None:
    done = buy("30.00", "--shipping", "5", "--redeemed", "2.50", "--tax", "1", "--category", "coffee", "--phone", PHONE)
    assert "22 points" in done.output
    row = ask(url, lambda transaction: purchases.get(transaction, "A1"))
    assert (row.total, row.shipping, row.redeemed, row.tax) == (3000, 500, 250, 100)
    assert "coffee" in row.lines


def test_a_dry_run_shows_every_rule_and_books_nothing(url: str) -> None:
    done = buy("600", "--dry-run")
    assert said(done)[0] == "would bring 600 points"
    assert said(done)[1].split()[:2] == ["base", "+600"]
    assert (held(url), ask(url, lambda transaction: purchases.get(transaction, "A1"))) == (0, None)


def test_a_large_order_shows_the_new_level(url: str) -> None:
    assert "  new level: silver" in said(buy("600"))


def test_a_test_order_brings_nothing(url: str) -> None:
    assert said(buy("600", "--test")) == ["recorded as a test: order A1, 0 points"]
    assert held(url) == 0


def test_a_guest_needs_a_market(url: str) -> None:
    nobody = buy("10", "--phone", "+390001")
    assert (nobody.exit_code, "nobody with this phone" in nobody.output) == (1, True)
    guest = buy("10", "--phone", "+390001", "--market", "IT")
    assert said(guest) == ["booked for a guest: order A1, 0 points"]


@pytest.mark.parametrize(
    ("amount", "more", "words"),
    [
        ("25.901", {}, "not a positive amount"),
        ("0", {}, "not a positive amount"),
        ("much", {}, "not an amount"),
        ("10", {"currency": "USD"}, "The order is in USD, the market in EUR."),
    ],
)
def test_mistakes_are_said(url: str, amount: str, more: dict[str, str], words: str) -> None:
    done = buy(amount, **more)
    assert done.exit_code != 0
    assert words in " ".join(done.output.replace("│", " ").split())


def test_refunds_take_back_once_and_no_more_than_there_is(url: str) -> None:
    assert said(refund("10", "early", "A2"))[0].startswith("waits for its order: refund early of order A2")
    buy("100")
    assert said(refund("50")) == ["applied: refund R1 of order A1, 50 points taken back, 0 given back"]
    assert said(refund("50"))[0].startswith("known already: refund R1 of order A1, 50 points")
    refused = refund("50.01", "R2")
    assert (refused.exit_code, "more than is left" in refused.output, held(url)) == (1, True, 50)
    assert said(buy("20", order="A2"))[0] == "booked: order A2, 20 points"
    assert held(url) == 60


def test_ids_that_no_till_may_have_are_refused(url: str) -> None:
    bought, returned = buy(order="A/1"), refund("1", "cancel/0:A1")
    assert (bought.exit_code, returned.exit_code) == (1, 1)
    assert "is no order id" in bought.output
    assert "is no id of a refund" in returned.output
    assert ask(url, lambda transaction: purchases.get(transaction, "A/1")) is None
