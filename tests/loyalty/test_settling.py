"""By property: whatever is reserved, confirmed, released, lapsed and refunded in any order, the books agree."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty import paying, rewarding
from loyalty.paying import Payment
from loyalty.settling import Reserved
from loyalty.work import Work
from storage import counters, ledger, redemptions
from storage.database import Transaction
from storage.redemptions import RedemptionRow
from tests.loyalty.coupon_shop import (
    ANNA,
    BRUNO,
    DAY,
    MINUTE,
    NOON,
    add_member,
    balance,
    give,
    member,
    once,
    programme,
    work,
)

MEMBERS, CASH, START = (ANNA, BRUNO), "cash:EUR", {"points": 2000, "cash:EUR": 1000}
STOCK = {"cup": 3, "tote": 2}
SHOP = programme(
    rewards=[
        {"name": "cup", "title": "Cup", "points": 300, "stock": 3, "valid_days": 2},
        {"name": "tote", "title": "Bag", "points": 450, "stock": 2, "per_member": 1, "valid_days": 1},
    ]
)


@dataclass(frozen=True)
class Step:
    """Some time passes, then something happens; `which` is the redemption (or the order) it happens to."""

    wait: int
    what: str
    which: int
    who: int
    amount: int


STEPS = st.lists(
    st.builds(
        Step,
        wait=st.sampled_from([0, MINUTE, 31 * MINUTE, DAY]),
        what=st.sampled_from(["cup", "tote", "points", CASH, "confirm", "release", "lapse", "refund"]),
        which=st.integers(0, 9),
        who=st.sampled_from(MEMBERS),
        amount=st.integers(1, 1500),
    ),
    min_size=4,
    max_size=18,
)


class Undo(Exception):
    """Ends an example without a trace."""


class Play:
    """An example being played; it knows what it made."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.made: list[int] = []
        self.refunded: dict[str, int] = {}

    def step(self, here: Work, number: int, step: Step) -> None:
        if step.what in STOCK:
            who = member(self.transaction, step.who)
            self._keep(rewarding.reserve(here, who, step.what, f"k{number}"))
        elif step.what in START:
            who, order = member(self.transaction, step.who), f"order{step.which}"
            self._keep(paying.reserve(here, who, Payment(step.what, step.amount, 3000, order, f"k{number}")))
        elif step.what == "lapse":
            rewarding.lapse(here, step.which + 1)
        elif step.what == "refund":
            order = f"order{step.which}"
            so_far = self.refunded[order] = min(self.refunded.get(order, 0) + step.amount, 3000)
            refund_id = f"r{number % 7}:{order}:{so_far}"
            for _ in range(2):
                paying.give_back_for_refund(here, order_id=order, refunded=so_far, total=3000, refund_id=refund_id)
        elif self.made:
            self._end(here, self.made[step.which % len(self.made)], step)

    def _keep(self, made: object) -> None:
        if isinstance(made, Reserved):
            self.made.append(made.redemption_id)

    def _end(self, here: Work, made: int, step: Step) -> None:
        row = redemptions.get(self.transaction, made)
        assert row is not None
        if step.what == "release":
            ending = rewarding.release(here, made, "x", "x") if row.kind == "reward" else paying.release(here, made)
        elif row.kind == "reward":
            ending = rewarding.confirm(here, made, "x", f"order{step.which}")
        else:
            ending = paying.confirm(here, made, row.order_id or "")
        assert ending.label != "unknown"

    def rows(self) -> list[RedemptionRow]:
        found = [redemptions.get(self.transaction, made) for made in self.made]
        return [row for row in found if row is not None]


def check(play: Play, now: int) -> None:
    rows = play.rows()
    standing = [row for row in rows if row.state != "released"]
    for name, most in STOCK.items():
        mine = [row for row in standing if row.name == name]
        assert counters.taken(play.transaction, f"stock:IT:{name}") == len(mine) <= most
        for who in MEMBERS:
            own = counters.taken(play.transaction, f"reward:IT:{name}:{who}")
            assert own == sum(row.member_id == who for row in mine) and (name != "tote" or own <= 1)
    for who in MEMBERS:
        for unit, start in START.items():
            gone = sum(row.amount - row.returned for row in standing if (row.member_id, row.unit) == (who, unit))
            assert balance(play.transaction, who, unit, now) == start - gone >= 0
    for order in {row.order_id for row in rows if row.kind == "payment"}:
        assert redemptions.paid(play.transaction, order or "") <= 1500
    assert ledger.audit(play.transaction) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_order_of_doings_keeps_points_and_stock(database_url: str, steps: list[Step]) -> None:
    def task(transaction: Transaction) -> None:
        for who in MEMBERS:
            add_member(transaction, who)
            for unit, amount in START.items():
                give(transaction, who, amount, unit=unit)
        play, now = Play(transaction), NOON
        for number, step in enumerate(steps):
            now += step.wait
            play.step(work(transaction, now, shop=SHOP), number, step)
            check(play, now)
        while rewarding.lapse(work(transaction, now + 9 * DAY, shop=SHOP), 3):
            check(play, now + 9 * DAY)
        assert all(row.state != "reserved" for row in play.rows())
        raise Undo

    with pytest.raises(Undo):
        asyncio.run(once(database_url, task))
