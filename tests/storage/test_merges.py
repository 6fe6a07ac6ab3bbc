"""What belongs to a member moves by id; merges are undone once; pairs that stay two."""

import pytest

from storage import members, merges, occasions, people, profiles
from storage.merges import Between, MergeRow
from tests.builders import add_person, member_row, query

PURCHASE = "id, order_id, member_id, market, state, currency, total, shipping, tax, redeemed, lines, test, round"
REST = "earned, credited, refunded, reversed, uncredited, at, created_at"


def purchase(transaction, number: int, member_id: int) -> None:
    words = f"insert into purchase ({PURCHASE}, {REST}) values "
    transaction.run(
        query(
            words
            + f"({number}, 'o{number}', {member_id}, 'IT', 'paid', 'EUR', 1, 0, 0, 0, '[]', 0, 0, 0, 0, 0, 0, 0, 1, 1)"
        )
    )


def referral(transaction, number: int, referrer: int, friend: int) -> None:
    words = "insert into referral (id, referrer_id, friend_id, state, flags, created_at) values "
    transaction.run(query(f"{words} ({number}, {referrer}, {friend}, 'pending', '', 1)"))


@pytest.mark.asyncio
async def test_things_move_by_id_and_only_from_their_owner(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(number) for number in (1, 2, 3)])
        for number, owner in ((10, 1), (11, 1), (12, 3)):
            purchase(transaction, number, owner)
        referral(transaction, 20, 1, 3)
        owned = {what: merges.owned(transaction, what, 1) for what in merges.OWNED}
        moved = merges.move(transaction, "purchase", [10, 11, 12], from_id=1, to_id=2)
        merges.move(transaction, "referrer", owned["referrer"], from_id=1, to_id=2)
        after = [merges.owned(transaction, "purchase", number) for number in (1, 2, 3)]
        return owned, moved, after, merges.owned(transaction, "referrer", 2), merges.owned(transaction, "friend", 3)

    owned, moved, after, referred, friend = await database.write(work)
    assert (owned["purchase"], owned["coupon"], moved) == ([10, 11], [], 2)
    assert (after, referred, friend) == ([[], [10, 11], [12]], [20], [20])


@pytest.mark.asyncio
async def test_more_ids_than_a_statement_takes(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(1), member_row(2)])
        purchase(transaction, 5000, 1)
        return merges.move(transaction, "purchase", list(range(4000, 5001)), from_id=1, to_id=2)

    assert await database.write(work) == 1


@pytest.mark.asyncio
async def test_a_merge_is_undone_once(database) -> None:
    row = MergeRow(7, 1, 2, "{}", "staff", 5, None)

    def work(transaction):
        people.add_members(transaction, [member_row(1), member_row(2)])
        merges.add(transaction, row)
        undone = [merges.mark_undone(transaction, 7, 9), merges.mark_undone(transaction, 7, 10)]
        found = merges.of_member(transaction, 2) == merges.of_member(transaction, 1) == [row._replace(undone_at=9)]
        return undone, merges.get(transaction, 7).undone_at, found, merges.get(transaction, 8)

    assert await database.write(work) == ([True, False], 9, True, None)


@pytest.mark.asyncio
async def test_a_pair_is_separate_whichever_way_it_is_named(database) -> None:
    def work(transaction):
        fresh = [merges.separate(transaction, 9, 4, actor="staff", at=1) for _ in range(2)]
        known = merges.are_separate(transaction, 4, 9), merges.are_separate(transaction, 4, 8)
        return fresh, known, merges.unseparate(transaction, 4, 9), merges.are_separate(transaction, 9, 4)

    assert await database.write(work) == ([True, False], (True, False), True, False)


@pytest.mark.asyncio
async def test_everybody_who_went_before(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(number) for number in (1, 2, 3, 4)])
        for number, into in ((2, 1), (3, 2)):
            profiles.save(transaction, number, profiles.get(transaction, number)._replace(merged_into=into))
        return (
            merges.predecessors(transaction, 1),
            merges.predecessors(transaction, 4),
            members.current(transaction, 3).id,
        )

    assert await database.write(work) == ([2, 3], [], 1)


@pytest.mark.asyncio
async def test_channels_referrals_between_and_firings(database) -> None:
    def work(transaction):
        one, two = add_person(transaction, "simulator", "x"), add_person(transaction, "sms", "+1")
        referral(transaction, 5, one, two)
        merges.judge(transaction, Between(5, "rejected", "merged"))
        firing = {"key": "birthday:1:2026", "trigger": "birthday", "member_id": one, "decision": "send"}
        more = {"reason": "ok", "channel": None, "due_at": None, "at": 1}
        occasions.add_firing(transaction, {**firing, **more})
        merges.drop_firings(transaction, ["birthday:1:2026", "other"])
        channels = merges.channels(transaction, one), merges.channels(transaction, two)
        return channels, merges.referrals_between(transaction, two, one), occasions.firings(transaction, one)

    assert await database.write(work) == (({"simulator"}, {"sms"}), [(5, "rejected", "merged")], [])
