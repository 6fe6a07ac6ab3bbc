"""Two members become one and are parted again: nothing is lost, nothing is given twice, the narrower consent holds."""

import asyncio
from collections.abc import Callable

import pytest

from loyalty import merging
from loyalty.merging import UNDO_WITHIN, Merged, NoMerge, merge, preview, undo
from loyalty.work import Work
from storage import ledger, members, merges, occasions, people, profiles, standings
from storage.database import Database
from storage.ledger import Spending
from storage.standings import StandingRow
from tests.builders import MONDAY, query
from tests.loyalty.till import DAY, GONE, KEPT, consent, give, held, person, two, work_in


@pytest.fixture
def run(database_url: str):
    """Run a task in a fresh database of each kind; the books are in order afterwards."""

    async def run_it(task):
        database = Database(database_url)

        def work(transaction):
            found = task(work_in(transaction))
            assert ledger.audit(transaction) == []
            return found

        try:
            return await database.write(work)
        finally:
            await database.close()

    return lambda task: asyncio.run(run_it(task))


def made(work: Work) -> int:
    done = merge(work, KEPT, GONE)
    assert isinstance(done, Merged), done
    return done.id


def later(work: Work, microseconds: int) -> Work:
    return Work(work.transaction, work.programme, work.keyring, work.now + microseconds, work.actor)


def facts(work: Work, member_id: int) -> tuple[object, ...]:
    """What is to be the same again after a merge was undone."""
    wallets = [
        (one.unit, one.position, one.lifetime) for one in ledger.wallets(work.transaction, member_id, work.now) if one
    ]
    owned = [merges.owned(work.transaction, what, member_id) for what in merges.OWNED]
    profile = profiles.get(work.transaction, member_id)._replace(marketing=0)
    return (
        [one for one in wallets if one[1:] != (ledger.Position(), 0)],
        owned,
        profile,
        standings.get(work.transaction, member_id),
    )


def test_everything_goes_over_with_its_dates_and_comes_back(run) -> None:
    def task(work):
        two(work)
        give(work, KEPT, 30, days=10)
        give(work, GONE, 40, days=5)
        give(work, GONE, 3, unit="stamps:coffee")
        standings.count(work.transaction, GONE, 4)
        before = [facts(work, one) for one in (KEPT, GONE)]
        sums = held(work, KEPT, GONE)
        merge_id = made(work)
        lots = [(lot.remaining, lot.expires_at) for lot in ledger.lots_of(work.transaction, KEPT)]
        row = members.get(work.transaction, KEPT)
        merged = (
            lots,
            held(work, KEPT) == sums,
            (row.phone, row.name, profiles.get(work.transaction, KEPT).birth_month),
            [one.channel for one in profiles.addresses(work.transaction, KEPT)],
            standings.get(work.transaction, KEPT).purchases,
            members.current(work.transaction, GONE).id,
            members.by_code(work.transaction, "GONE").merged_into,
        )
        undo(later(work, DAY), merge_id)
        return merged, before == [facts(work, one) for one in (KEPT, GONE)]

    merged, restored = run(task)
    lots = [(40, MONDAY + 5 * DAY), (30, MONDAY + 10 * DAY)]
    assert merged == (lots, True, ("+39333", "Anna", 5), ["telegram", "whatsapp", "sms"], 4, KEPT, KEPT)
    assert restored


@pytest.mark.parametrize(
    ("prepare", "refusal"),
    [
        (lambda work: merging.separate(work, GONE, KEPT), "separate"),
        (lambda work: work.transaction.run(query("update member set erased_at = 1 where id = 102")), "gone"),
        (lambda work: work.transaction.run(query("update member set merged_into = 101 where id = 102")), "gone"),
        (lambda work: work.transaction.run(query("update member set joined_at = null where id = 101")), "not_joined"),
        (
            lambda work: work.transaction.run(query("update address set channel = 'simulator' where id = 1010")),
            "simulator",
        ),
    ],
)
def test_what_is_refused_is_refused_in_the_preview_too(run, prepare: Callable[[Work], object], refusal: str) -> None:
    def task(work):
        two(work)
        give(work, GONE, 40)
        prepare(work)
        return (
            preview(work, KEPT, GONE).refusal,
            merge(work, KEPT, GONE),
            held(work, GONE),
            merges.of_member(work.transaction, KEPT),
        )

    assert run(task) == (refusal, refusal, {"points": 40}, [])


def test_the_same_the_unknown_and_two_test_members(run) -> None:
    def task(work):
        for number in (1, 2):
            person(work.transaction, number, ("simulator", f"s{number}"))
        same, unknown = merge(work, 1, 1), merge(work, 1, 999)
        return same, unknown, preview(work, 999, 1).refusal, isinstance(merge(work, 1, 2), Merged)

    assert run(task) == ("same", "unknown", "unknown", True)


def test_the_preview_says_what_comes_of_it(run) -> None:
    def task(work):
        two(work, marketing=0)
        give(work, KEPT, 30)
        give(work, GONE, 40)
        standings.place(work.transaction, StandingRow(GONE, 0, "gold", 1, 9))
        consent(work, KEPT, "marketing", "grant")
        seen = preview(work, KEPT, GONE)
        made(work)
        return seen, held(work, KEPT), standings.get(work.transaction, KEPT).tier

    seen, points, tier = run(task)
    assert (seen.refusal, seen.wallets, seen.tier, seen.withdrawn) == (None, points, tier, ("marketing",))
    assert (seen.moves["address"], seen.moves["purchase"], tier) == (2, 0, "gold")


@pytest.mark.parametrize(
    ("mine", "theirs", "better"), [("gold", "silver", "gold"), ("base", "gold", "gold"), (None, "base", "base")]
)
def test_the_better_tier_holds_and_comes_apart_again(run, mine: str | None, theirs: str, better: str) -> None:
    def task(work):
        two(work)
        for member_id, tier in ((KEPT, mine), (GONE, theirs)):
            standings.place(work.transaction, StandingRow(member_id, 0, tier, 1, 9))
        merge_id = made(work)
        tiers = [standings.get(work.transaction, one).tier for one in (KEPT, GONE)]
        undo(work, merge_id)
        return tiers, [standings.get(work.transaction, one).tier for one in (KEPT, GONE)]

    assert run(task) == ([better, None], [mine, theirs])


@pytest.mark.parametrize(
    ("mine", "theirs", "kept"),
    [("grant", "grant", 1), ("grant", "withdraw", 0), ("grant", None, 0), ("withdraw", "grant", 0)],
)
def test_the_narrower_consent_holds_and_stays_after_parting(run, mine: str, theirs: str | None, kept: int) -> None:
    def task(work):
        two(work)
        for member_id, action in ((KEPT, mine), (GONE, theirs)):
            if action is not None:
                consent(work, member_id, "marketing", action)
            given = int(action == "grant")
            work.transaction.run(query(f"update member set marketing = {given} where id = {member_id}"))
        merge_id = made(work)
        after = members.get(work.transaction, KEPT).marketing
        undo(work, merge_id)
        rows = [people.consents(work.transaction, one) for one in (KEPT, GONE)]
        last = [[row[1] for row in found if row[0] == "marketing"][-1:] for found in rows]
        return after, [members.get(work.transaction, one).marketing for one in (KEPT, GONE)], last

    after, parted, last = run(task)
    assert (after, parted) == (kept, [kept, kept])
    assert all(actions in ([], ["grant" if kept else "withdraw"]) for actions in last)


def test_who_never_joined_was_never_asked_and_takes_nothing_away(run) -> None:
    def task(work):
        two(work, joined_at=None, marketing=0)
        consent(work, KEPT, "marketing", "grant")
        made(work)
        return members.get(work.transaction, KEPT).marketing

    assert run(task) == 1


def test_an_email_stays_only_with_the_consent_of_both(run) -> None:
    def task(work):
        two(work)
        profiles.set_email(work.transaction, KEPT, "a@b.it")
        consent(work, KEPT, "email", "grant")
        made(work)
        return profiles.get(work.transaction, KEPT).email, people.consents(work.transaction, KEPT)[-1][:2]

    assert run(task) == (None, ("email", "withdraw"))


def referral(work: Work, number: int, referrer: int, friend: int, state: str = "pending") -> None:
    words = "insert into referral (id, referrer_id, friend_id, state, flags, created_at) values "
    work.transaction.run(query(f"{words} ({number}, {referrer}, {friend}, '{state}', '', 1)"))


def referrals(work: Work) -> list[tuple[object, ...]]:
    words = "select id, referrer_id, friend_id, state, flags from referral order by id"
    return [tuple(row) for row in work.transaction.all(query(words))]


def test_referrals_follow_and_one_between_the_two_comes_to_nothing(run) -> None:
    def task(work):
        two(work)
        for number in (103, 104):
            person(work.transaction, number)
        referral(work, 1, KEPT, GONE)
        referral(work, 2, GONE, 103)
        referral(work, 3, 104, KEPT)
        before = referrals(work)
        merge_id = made(work)
        after = referrals(work)
        undo(work, merge_id)
        return after, referrals(work) == before

    after, restored = run(task)
    assert after == [
        (1, KEPT, GONE, "rejected", "merged"),
        (2, KEPT, 103, "pending", ""),
        (3, 104, KEPT, "pending", ""),
    ]
    assert restored


def test_a_friend_comes_by_one_referrer_only(run) -> None:
    def task(work):
        two(work)
        for number in (103, 104):
            person(work.transaction, number)
        referral(work, 1, 103, KEPT)
        referral(work, 2, 104, GONE)
        made(work)
        return referrals(work)

    assert run(task) == [(1, 103, KEPT, "pending", ""), (2, 104, GONE, "pending", "")]


def test_a_gift_of_the_year_is_not_given_again(run) -> None:
    def task(work):
        two(work)
        row = {"trigger": "birthday", "member_id": GONE, "decision": "send", "reason": "ok", "channel": "sms"}
        for key in (f"birthday:{GONE}:2026", f"milestone:{GONE}:purchases:5", "notice:x:102:1"):
            occasions.add_firing(work.transaction, {**row, "key": key, "due_at": 5, "at": 5})
        merge_id = made(work)
        copied = sorted(row[0] for row in occasions.firings(work.transaction, KEPT))
        undo(work, merge_id)
        return copied, occasions.firings(work.transaction, KEPT)

    assert run(task) == ([f"birthday:{KEPT}:2026", f"milestone:{KEPT}:purchases:5"], [])


def test_what_was_spent_since_stays_spent_and_what_was_changed_since_stays_changed(run) -> None:
    def task(work):
        two(work)
        give(work, KEPT, 30)
        give(work, GONE, 40, days=5)
        merge_id = made(work)
        ledger.spend(work.transaction, Spending("s", KEPT, 50, "redeem", "tote"), work.now)
        profile = profiles.get(work.transaction, KEPT)
        profiles.save(work.transaction, KEPT, profile._replace(birth_month=7, phone="+39444"))
        standings.count(work.transaction, KEPT, 2)
        undo(work, merge_id)
        names = [(row.name, row.phone) for row in (members.get(work.transaction, one) for one in (KEPT, GONE))]
        months = [profiles.get(work.transaction, one).birth_month for one in (KEPT, GONE)]
        return held(work, KEPT), held(work, GONE), names, months, standings.get(work.transaction, KEPT).purchases

    assert run(task) == ({"points": 20}, {}, [(None, "+39444"), ("Anna", "+39333")], [7, 5], 2)


def test_an_undo_happens_once_and_within_thirty_days(run) -> None:
    def task(work):
        two(work)
        merge_id = made(work)
        for when, wanted in ((later(work, UNDO_WITHIN + 1), merge_id), (work, 999)):
            with pytest.raises(NoMerge):
                undo(when, wanted)
        undo(later(work, UNDO_WITHIN), merge_id)
        with pytest.raises(NoMerge, match="already"):
            undo(work, merge_id)
        return isinstance(merge(work, KEPT, GONE), Merged)

    assert run(task)


def test_what_would_undo_is_let_go_of_after_thirty_days(run) -> None:
    def task(work):
        two(work)
        merge_id = made(work)
        forgotten = [merging.forget(later(work, UNDO_WITHIN + more), 10) for more in (0, 1, 1)]
        return forgotten, merges.get(work.transaction, merge_id).data

    assert run(task) == ([0, 1, 0], merges.NO_DATA)


def test_a_chain_is_undone_from_its_end(run) -> None:
    def task(work):
        two(work)
        person(work.transaction, 103, joined_at=MONDAY - 300 * DAY)
        give(work, GONE, 40)
        first = made(work)
        second = merge(work, 103, KEPT)
        with pytest.raises(NoMerge, match="first"):
            undo(work, first)
        whole = held(work, 103)
        undo(work, second.id)
        undo(work, first)
        return whole, held(work, GONE), held(work, KEPT, 103)

    assert run(task) == ({"points": 40}, {"points": 40}, {})


def test_who_joined_first_is_the_elder(run) -> None:
    def task(work):
        two(work)
        person(work.transaction, 103, joined_at=None)
        rows = {number: members.get(work.transaction, number) for number in (KEPT, GONE, 103)}
        pairs = ((GONE, KEPT), (103, GONE), (GONE, 103))
        return [tuple(row.id for row in merging.elder(rows[one], rows[other])) for one, other in pairs]

    assert run(task) == [(KEPT, GONE), (GONE, 103), (GONE, 103)]
