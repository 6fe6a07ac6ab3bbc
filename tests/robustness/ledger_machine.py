"""The ledger played at random beside a plain model: after every step both agree, and the audit has no finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from storage import ledger, people
from storage.ledger import ClawBack, Earned, Earning, Entry, Moved, Moving, Position, Return, Short, Spending, Spent
from storage.ledger import position as position_at
from tests.builders import member_row, query
from tests.robustness.ledger_model import Merged, Model, Taking
from tests.storage.ledger.plain import Plain
from tests.storage.ledger.till import COFFEE, EUROS, MEMBERS, START

UNITS = ("points", COFFEE, EUROS)
ACCOUNTS = query("select id, owner_id, unit, active, pending, matures_at, expiring, expires_at, debt from account")
LOTS = query("select account_id, remaining, activates_at, expires_at from lot where remaining > 0")
TABLES = "account, ledger_transaction, posting, lot, member"
members, units, picks = st.sampled_from(MEMBERS), st.sampled_from(UNITS), st.integers(0, 1_000)
amounts, spans = st.integers(1, 120), st.integers(1, 80)


@dataclass
class Played:
    """The database the machines play on, and what they did in all."""

    plain: Plain
    steps: Counter[str] = field(default_factory=Counter)
    games: int = 0

    def machine(self) -> LedgerMachine:
        return LedgerMachine(self)


class LedgerMachine(RuleBasedStateMachine):
    """Four members with three units each, in one transaction that is rolled back at the end."""

    def __init__(self, played: Played) -> None:
        super().__init__()
        self.played = played
        self.transaction = played.plain.begin()
        people.add_members(self.transaction, [member_row(member) for member in MEMBERS])
        self.model = Model(START)
        self.earned: list[tuple[str, int, tuple[int, str]]] = []
        self.spent: list[tuple[int, list[Taking]]] = []
        self.merged: list[tuple[list[Moving], Merged]] = []
        self.repeats: list[tuple[Callable[[], Any], Any]] = []
        self.keys = 0
        self.rich = 0
        """Earnings since somebody was erased."""
        self.aged = False
        """Time has passed since lapsed lots were booked."""

    def key(self, what: str) -> str:
        """A fresh key; the step is counted."""
        self.played.steps[what] += 1
        self.keys += 1
        return f"{what}:{self.keys}"

    def repeatable(self, call: Callable[[], Any], result: Any) -> None:
        """From now on this call changes nothing and returns this."""
        self.repeats.append((call, result))

    @initialize(points=st.lists(amounts, min_size=6, max_size=6), lasts=spans)
    def begin(self, points: list[int], lasts: int) -> None:
        """Nobody spends from empty books."""
        for number, some in enumerate(points):
            self._earn((MEMBERS[number % 4], UNITS[number % 3]), some, after=0, lasts=lasts if number % 2 else None)

    @rule(member=members, unit=units, points=amounts, lasts=st.none() | spans)
    def earn_active(self, member: int, unit: str, points: int, lasts: int | None) -> None:
        self._earn((member, unit), points, after=0, lasts=lasts)

    @rule(member=members, unit=units, points=amounts, after=st.integers(1, 40), lasts=st.none() | spans)
    def earn_pending(self, member: int, unit: str, points: int, after: int, lasts: int | None) -> None:
        self._earn((member, unit), points, after=after, lasts=lasts)

    def _earn(self, wallet: tuple[int, str], points: int, *, after: int, lasts: int | None) -> None:
        member, unit = wallet
        key, starts = self.key("earn"), self.model.now + after
        ends = None if lasts is None else starts + lasts
        earning = Earning(key, member, points, "purchase", key, starts, ends, unit=unit)
        made = ledger.earn(self.transaction, earning, self.model.now)
        assert not made.repeated
        self.model.earn(wallet, key, points, starts, ends)
        self.earned.append((key, made.transaction_id, wallet))
        self.rich += 1
        again = Earned(made.transaction_id, repeated=True)
        self.repeatable(lambda: ledger.earn(self.transaction, earning, self.model.now), again)

    @rule(span=st.integers(1, 40))
    def mature(self, span: int) -> None:
        self.key("mature")
        self.model.later(span)
        self.aged = True

    @precondition(lambda self: self.filled())
    @rule(pick=picks, share=st.integers(1, 100))
    def spend(self, pick: int, share: int) -> None:
        """A share of what somebody has."""
        self._spend(pick, share)

    @precondition(lambda self: self.filled())
    @rule(pick=picks)
    def spend_all(self, pick: int) -> None:
        self._spend(pick, 100)

    def _spend(self, pick: int, share: int) -> None:
        filled = self.filled()
        wallet = filled[pick % len(filled)]
        amount = max(1, self.model.holding(wallet)[0] * share // 100)
        spending = Spending(self.key("spend"), wallet[0], amount, "redeem", "mug", unit=wallet[1])
        found = ledger.spend(self.transaction, spending, self.model.now)
        takings = self.model.spend(wallet, amount)
        assert isinstance(found, Spent)
        assert takings
        self.spent.append((found.transaction_id, takings))
        again = Spent(found.transaction_id, repeated=True)
        self.repeatable(lambda: ledger.spend(self.transaction, spending, self.model.now), again)

    @rule(member=members, unit=units, more=amounts)
    def spend_too_much(self, member: int, unit: str, more: int) -> None:
        available = self.model.holding((member, unit))[0]
        spending = Spending(self.key("short"), member, max(available, 0) + more, "redeem", "mug", unit=unit)
        assert ledger.spend(self.transaction, spending, self.model.now) == Short(available)

    def filled(self) -> list[tuple[int, str]]:
        """The wallets that something can be spent from."""
        wallets = [(member, unit) for member in MEMBERS for unit in UNITS]
        return [wallet for wallet in wallets if self.model.holding(wallet)[0] > 0]

    @precondition(lambda self: self.spent)
    @rule(pick=picks, amount=amounts, grace=st.integers(1, 40))
    def give_back(self, pick: int, amount: int, grace: int) -> None:
        self._give_back(pick, amount, grace)

    @precondition(lambda self: self.spent)
    @rule(amount=amounts, span=spans, grace=st.integers(1, 40))
    def give_back_late(self, amount: int, span: int, grace: int) -> None:
        """Of the last spending, perhaps when its points have lapsed."""
        self.model.later(span)
        self.aged = True
        self._give_back(-1, amount, grace)

    def _give_back(self, pick: int, amount: int, grace: int) -> None:
        spend_id, takings = self.spent[pick % len(self.spent)]
        back = Return(self.key("give_back"), spend_id, amount, self.model.now + grace, "refund")
        moved = ledger.give_back(self.transaction, back, self.model.now)
        assert moved == Moved(self.model.give_back(takings, amount, grace))
        if moved.amount:
            again = Moved(moved.amount, repeated=True)
            self.repeatable(lambda: ledger.give_back(self.transaction, back, self.model.now), again)

    @precondition(lambda self: self.earned)
    @rule(pick=picks, amount=amounts, may_owe=st.booleans(), other=st.none() | members)
    def claw_back(self, pick: int, amount: int, may_owe: bool, other: int | None) -> None:
        """From who earned it, or from somebody else, who may have taken it over."""
        key, made, (member, unit) = self.earned[pick % len(self.earned)]
        holder = member if other is None else other
        claw = ClawBack(self.key("claw_back"), holder, amount, (made,), key, may_owe=may_owe, unit=unit)
        moved = ledger.claw_back(self.transaction, claw, self.model.now)
        assert moved == Moved(self.model.claw_back((holder, unit), amount, key, may_owe=may_owe))
        again = Moved(moved.amount, repeated=True)
        self.repeatable(lambda: ledger.claw_back(self.transaction, claw, self.model.now), again)

    @precondition(lambda self: self.aged)
    @rule(most=st.integers(1, 5))
    def expire(self, most: int) -> None:
        self.key("expire")
        self.aged = False
        touched = ledger.expire(self.transaction, self.model.now, most)
        assert touched <= most

    @rule(giver=members, step=st.integers(1, len(MEMBERS) - 1))
    def merge(self, giver: int, step: int) -> None:
        taker = MEMBERS[(MEMBERS.index(giver) + step) % len(MEMBERS)]
        entry = Entry(self.key("merge"), "merge", "merge")
        moved = ledger.transfer(self.transaction, giver, taker, entry, self.model.now)
        self.merged.append((moved, self.model.merge(giver, taker, UNITS)))
        self.repeatable(lambda: ledger.transfer(self.transaction, giver, taker, entry, self.model.now), [])

    @precondition(lambda self: self.merged)
    @rule(pick=picks)
    def unmerge(self, pick: int) -> None:
        moved, merged = self.merged.pop(pick % len(self.merged))
        entry = Entry(self.key("unmerge"), "unmerge", "merge")

        def part() -> None:
            ledger.transfer_back(self.transaction, merged.taker, merged.giver, moved, entry, now=self.model.now)

        part()
        self.model.part(merged)
        self.repeatable(part, None)

    @precondition(lambda self: self.rich > 8)
    @rule(member=members)
    def erase(self, member: int) -> None:
        self.rich = 0
        entry = Entry(self.key("erase"), "erasure", "request")
        held = ledger.forfeit(self.transaction, member, entry, self.model.now)
        assert held == self.model.forfeit(member, UNITS)
        self.repeatable(lambda: ledger.forfeit(self.transaction, member, entry, self.model.now), 0)

    @precondition(lambda self: self.repeats)
    @rule(pick=picks, count=st.integers(1, 4))
    def replay(self, pick: int, count: int) -> None:
        """Former operations again, in any order: they return what they returned and change nothing."""
        self.key("replay")
        postings = self.postings()
        for number in range(count):
            call, result = self.repeats[(pick * (number + 1)) % len(self.repeats)]
            assert call() == result
        assert self.postings() == postings

    def postings(self) -> int:
        """How many there are, but for what lapsed."""
        words = "select count(*) from posting join ledger_transaction t on t.id = transaction_id where kind <> 'expire'"
        found = self.transaction.one(query(words))
        return int(found[0]) if found else 0

    @invariant()
    def audited(self) -> None:
        assert ledger.audit(self.transaction) == []

    @invariant()
    def agree(self) -> None:
        now = self.model.now
        for member in MEMBERS:
            books = {one.unit: one for one in ledger.wallets(self.transaction, member, now)}
            for unit in UNITS:
                found = books.get(unit)
                held = (
                    (found.position.active, found.position.pending, found.debt, found.lifetime)
                    if found is not None
                    else (0, 0, 0, 0)
                )
                assert held == self.model.holding((member, unit)), (member, unit)

    @invariant()
    def snapshots_are_the_lots(self) -> None:
        lots: dict[int, list[tuple[int, int, int | None]]] = {}
        for account_id, *lot in self.transaction.all(LOTS):
            lots.setdefault(account_id, []).append((lot[0], lot[1], lot[2]))
        for account_id, _, _, *snapshot, debt in self.transaction.all(ACCOUNTS):
            kept = Position(*snapshot)
            if kept.holds_at(self.model.now) and account_id in lots:
                assert kept == position_at(lots[account_id], self.model.now, debt=debt)

    def teardown(self) -> None:
        self.played.plain.roll_back()
        self.played.games += 1
        if self.played.plain.dialect == "postgresql" and self.played.games % 20 == 0:
            self.played.plain.connection.execute(f"VACUUM {TABLES}")
