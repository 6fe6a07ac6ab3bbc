"""Rewards from the catalogue to the counter: points and stock go together, and the last one has one taker."""

import pytest

from loyalty import rewarding, rewards, settling
from loyalty.rewarding import Refused
from loyalty.settling import Reserved
from loyalty.work import Work
from storage import counters, ledger, redemptions
from storage.database import Transaction
from tests.builders import query
from tests.loyalty.coupon_shop import (
    ANNA,
    BRUNO,
    DAY,
    NOON,
    add_member,
    balance,
    give,
    member,
    once,
    opened,
    programme,
    race,
    work,
)

Answer = Reserved | Refused


def reserve(here: Work, name: str, key: str = "k", *, tier: str | None = None, who: int = ANNA) -> Answer:
    return rewarding.reserve(here, member(here.transaction, who), name, key, tier=tier)


def reserved(here: Work, name: str, key: str = "k", *, who: int = ANNA) -> Reserved:
    made = reserve(here, name, key, who=who)
    assert isinstance(made, Reserved)
    return made


@pytest.mark.asyncio
async def test_the_catalogue_says_what_can_be_had(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        anna = add_member(transaction, points=450)
        here = work(transaction)
        offers = {one.reward.name: (one.label, one.missing) for one in rewarding.catalogue(here, anna, None)}
        assert offers == {
            "cup": ("short", 50),
            "tote": ("ok", 0),
            "tasting": ("ok", 0),
            "evening": ("tier", 0),
            "early": ("early", 0),
            "spring": ("not_yet", 0),
        }
        reserved(here, "tote", "a")
        reserved(here, "tasting", "b")
        late = work(transaction, NOON + 2 * DAY + DAY // 2 - 1)
        offers = {one.reward.name: (one.label, one.missing) for one in rewarding.catalogue(late, anna, "gold")}
        assert offers == {
            "cup": ("short", 450),
            "tote": ("gone", 250),
            "tasting": ("had", 50),
            "evening": ("ok", 0),
            "early": ("short", 50),
            "spring": ("short", 50),
        }
        over = {one.reward.name: one.label for one in rewarding.catalogue(work(transaction, late.now + 1), anna, None)}
        assert over["spring"] == "over" and over["early"] == "short"
        assert rewarding.catalogue(work(transaction, shop=programme(off=["rewards"])), anna, None) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_reward_takes_its_points_once_and_lives_to_the_end_of_a_day(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=700)
        here = work(transaction)
        made, again = reserved(here, "tote"), reserved(work(transaction, NOON + DAY), "tote")
        assert again == Reserved(**{name: getattr(made, name) for name in made.__slots__} | {"repeated": True})
        assert (made.points, made.money, made.state, balance(transaction)) == (300, 500, "reserved", 400)
        assert made.expires_at == NOON + DAY // 2 + 10 * DAY
        assert made.code is not None and len(made.code) == 9
        row = rewarding.find(here, made.code)
        assert row is not None and row == rewarding.find(here, made.redemption_id)
        assert made.code not in str(row) and rewarding.code_of(here, row) == made.code
        assert rewarding.of_member(here, ANNA) == [row]
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_who_cannot_have_it_keeps_everything(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=450)
        here = work(transaction)
        assert reserve(here, "cup") == Refused("short", 50)
        assert reserve(here, "evening") == Refused("tier")
        assert reserve(here, "early") == Refused("early")
        assert reserve(here, "spring") == Refused("not_yet")
        assert reserve(here, "nothing") == Refused("over")
        assert reserve(work(transaction, shop=programme(off=["rewards"])), "tote") == Refused("over")
        assert (balance(transaction), rewarding.of_member(here, ANNA)) == (450, [])
        free = reserve(here, "evening", tier="gold")
        assert isinstance(free, Reserved) and free.points == 0 and balance(transaction) == 450
        assert isinstance(reserve(here, "early", "e", tier="gold"), Reserved)
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_if_the_stock_goes_after_the_points_nothing_stands(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer takes the last one between the look and the taking."""

    def task(transaction: Transaction) -> None:
        add_member(transaction, points=700)
        here = work(transaction)
        counters.take(transaction, "stock:IT:tote", most=1)
        counters.take(transaction, "reward:IT:tasting:101", most=1)
        monkeypatch.setattr(rewards, "label", lambda *_, **__: "ok")
        assert reserve(here, "tote") == Refused("gone")
        assert reserve(here, "tasting") == Refused("had")
        assert reserve(here, "cup", "c") != reserve(here, "cup", "d") == Refused("short", 300)
        monkeypatch.undo()
        assert balance(transaction) == 200
        assert [line.kind for line in ledger.statement(transaction, ANNA)] == ["redeem", "goodwill"]
        taken = {name: counters.taken(transaction, f"stock:IT:{name}") for name in ("tote", "tasting", "cup")}
        assert taken == {"tote": 1, "tasting": 0, "cup": 1}
        assert len(rewarding.of_member(here, ANNA)) == 1
        assert ledger.audit(transaction) == []

    await once(database_url, task)


class Numbered:
    """Ids in the order given, then new ones."""

    def __init__(self, *first: int) -> None:
        self.first = list(first)
        self.last = 10**15

    def new(self) -> int:
        self.last += 1
        return self.first.pop(0) if self.first else self.last


@pytest.mark.asyncio
async def test_a_code_that_somebody_has_is_not_given_again(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=700)
        here = work(transaction)
        made = reserved(here, "tote", "a")
        transaction.ids = Numbered(made.redemption_id)  # type: ignore[assignment]
        other = reserved(here, "tasting", "b")
        assert other.redemption_id > 10**15 and other.code != made.code

    await once(database_url, task)


@pytest.mark.asyncio
async def test_a_reward_is_handed_over_once(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=1000)
        here = work(transaction)
        made, late = reserved(here, "cup", "a"), reserved(here, "tote", "b")
        assert made.code is not None and late.code is not None
        done = rewarding.confirm(here, f"{made.code[:4]} {made.code[4:].lower()}", "anna", "A1")
        assert done.label == "confirmed" and done.redemption is not None
        assert (done.redemption.order_id, done.redemption.actor) == ("A1", "anna")
        assert rewarding.confirm(here, made.redemption_id, "anna", "A1").label == "confirmed"
        assert rewarding.confirm(here, made.code, "anna", "A2").label == "handed_over"
        assert rewarding.confirm(here, made.code, "anna").label == "handed_over"
        assert rewarding.release(here, made.code, "anna", "gone").label == "handed_over"
        assert rewarding.confirm(work(transaction, late.expires_at), late.code, "anna").label == "over"
        assert (
            rewarding.confirm(here, "22222222", "anna").label == rewarding.confirm(here, 5, "anna").label == "unknown"
        )
        assert balance(transaction) == 200 and ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_what_is_given_up_comes_back_to_its_lots_and_the_shelf(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=1000)
        here = work(transaction)
        before = ledger.lots_of(transaction, ANNA)
        for key in ("a", "b"):
            made = reserved(here, "tote", key)
            again = [rewarding.release(here, made.redemption_id, "anna", "not in the shop").label for _ in range(2)]
            assert again == ["released"] * 2
            assert rewarding.confirm(here, made.redemption_id, "anna").label == "released"
            assert ledger.lots_of(transaction, ANNA) == before
        line = ledger.statement(transaction, ANNA)[0]
        assert (line.kind, line.reference, line.actor, line.amount) == ("return", "not in the shop", "anna", 300)
        assert counters.taken(transaction, "stock:IT:tote") == counters.taken(transaction, "reward:IT:tote:101") == 0
        assert reserved(here, "tote", "b").state == "released"
        assert rewarding.release(here, 5, "anna", "x").label == "unknown"
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_who_does_not_come_hears_that_the_points_are_back(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=1000)
        add_member(transaction, BRUNO, points=1000, locale="en")
        here = work(transaction)
        reserve(here, "evening", "free", tier="gold")
        first, second = reserved(here, "cup", "a"), reserved(here, "cup", "b", who=BRUNO)
        late = work(transaction, first.expires_at)
        assert rewarding.lapse(work(transaction, late.now - 1), 9) == 0
        assert [rewarding.lapse(late, 2) for _ in range(3)] == [2, 1, 0]
        assert balance(transaction) == balance(transaction, BRUNO) == 1000
        told = {one.key: (one.flow, one.member_id, one.values["reward"].value) for one in late.news}  # type: ignore[union-attr]
        assert told == {
            f"released:{first.redemption_id}": ("reward_released", ANNA, "Tazza"),
            f"released:{second.redemption_id}": ("reward_released", BRUNO, "Cup"),
        }
        assert all(one.values["points"].value == 500 for one in late.news)  # type: ignore[union-attr]
        assert ledger.audit(transaction) == []

    await once(database_url, task)


@pytest.mark.asyncio
async def test_points_that_lapsed_meanwhile_live_for_the_days_of_grace(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction)
        give(transaction, ANNA, 500, expires_at=NOON + DAY)
        made = reserved(work(transaction), "cup")
        late = work(transaction, NOON + 3 * DAY)
        assert rewarding.release(late, made.redemption_id, "anna", "x").label == "released"
        assert balance(transaction, now=late.now + 14 * DAY - 1) == 500
        assert balance(transaction, now=late.now + 14 * DAY) == 0

    await once(database_url, task)


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_of_many_who_want_the_last_reward_one_gets_it(database_url: str, writers: int) -> None:
    def prepare(transaction: Transaction) -> None:
        for number in range(20):
            add_member(transaction, 200 + number, points=300)

    def check(transaction: Transaction) -> tuple[int, int, list[str]]:
        held = sum(balance(transaction, 200 + number) for number in range(20))
        return held, counters.taken(transaction, "stock:IT:tote"), ledger.audit(transaction)

    await once(database_url, prepare)
    results = await race(
        database_url, lambda here, turn: reserve(here, "tote", f"k{turn}", who=200 + turn), writers=writers
    )
    assert sum(isinstance(one, Reserved) for one in results) == 1
    assert sum(one == Refused("gone") for one in results) == 19
    async with opened(database_url) as database:
        assert await database.read(check) == (19 * 300, 1, [])


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_one_balance_pays_for_what_it_pays(database_url: str, writers: int) -> None:
    def check(transaction: Transaction) -> tuple[int, int, list[str]]:
        return balance(transaction), counters.taken(transaction, "stock:IT:cup"), ledger.audit(transaction)

    await once(database_url, lambda transaction: add_member(transaction, points=1100))
    results = await race(database_url, lambda here, turn: reserve(here, "cup", f"k{turn}"), writers=writers)
    assert sum(isinstance(one, Reserved) for one in results) == 2
    assert sum(one == Refused("short", 400) for one in results) == 18
    async with opened(database_url) as database:
        assert await database.read(check) == (100, 2, [])


@pytest.mark.asyncio
@pytest.mark.parametrize("writers", [1, 2])
async def test_a_reward_is_confirmed_or_released_never_both(database_url: str, writers: int) -> None:
    def prepare(transaction: Transaction) -> int:
        add_member(transaction, points=500)
        return reserved(work(transaction), "cup").redemption_id

    def end(here: Work, turn: int) -> settling.Label:
        if turn % 2:
            return rewarding.release(here, made, "anna", "x").label
        return rewarding.confirm(here, made, "anna", f"order{turn}").label

    made = await once(database_url, prepare)
    results = await race(database_url, end, writers=writers)
    async with opened(database_url) as database:
        row = await database.read(lambda transaction: redemptions.get(transaction, made))
        held, wrong = await database.read(lambda transaction: (balance(transaction), ledger.audit(transaction)))
    assert row is not None and wrong == []
    assert held == (500 if row.state == "released" else 0)
    assert results.count("confirmed") == (1 if row.state == "confirmed" else 0)


@pytest.mark.asyncio
async def test_a_key_that_was_used_for_something_else_tells_nothing_of_it(database_url: str) -> None:
    def task(transaction: Transaction) -> None:
        add_member(transaction, points=900)
        add_member(transaction, BRUNO, points=900)
        here = work(transaction)
        made = reserved(here, "tote")
        assert reserve(here, "tote", who=BRUNO) == Refused("other")
        assert reserve(here, "tasting") == Refused("other")
        assert reserved(here, "tote").redemption_id == made.redemption_id
        assert (balance(transaction), balance(transaction, BRUNO)) == (600, 900)
        transaction.run(query(f"update member set merged_into = {BRUNO} where id = {ANNA}"))
        assert reserved(here, "tote", who=BRUNO).redemption_id == made.redemption_id

    await once(database_url, task)
