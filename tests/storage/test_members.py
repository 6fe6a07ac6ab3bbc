"""A member's own row: read, followed through merges, locked in order, found by what they show."""

import pytest

from storage import members, people
from storage.members import MemberRow
from tests.builders import add_person, member_row, query

SHOWN = {"phone": "+39333", "card_number": "2900000000001", "referral_code": "ANNA1"}


@pytest.mark.asyncio
async def test_a_row_has_what_the_tables_have(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(101, name="Ada", phone="+39333", referral_code="ANNA1")])
        return members.get(transaction, 101), members.get(transaction, 999)

    row, nobody = await database.write(work)
    wanted = member_row(101, name="Ada", phone="+39333")
    shown = ("id", "name", "phone", "market", "locale", "zone", "joined_at")
    assert {name: getattr(row, name) for name in shown} == {name: wanted[name] for name in shown}
    assert (row.is_active, row.referral_code, nobody) == (True, "ANNA1", None)


@pytest.mark.parametrize(
    "changes", ["joined_at = null", "erased_at = 5", "merged_into = 102"], ids=["not joined", "erased", "merged"]
)
@pytest.mark.asyncio
async def test_who_left_or_never_came_is_not_active(database, changes: str) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(101), member_row(102)])
        transaction.run(query(f"update member set {changes} where id = 101"))
        return [members.get(transaction, number).is_active for number in (101, 102)]

    assert await database.write(work) == [False, True]


@pytest.mark.asyncio
async def test_merges_are_followed_to_who_holds_everything_now(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(number) for number in (101, 102, 103)])
        transaction.run(query("update member set merged_into = id + 1 where id < 103"))
        return [members.current(transaction, number) for number in (101, 102, 103, 999)]

    *found, nobody = await database.write(work)
    assert ([row.id for row in found], nobody) == ([103, 103, 103], None)


@pytest.mark.asyncio
async def test_members_are_locked_in_the_order_of_their_ids(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(number) for number in (101, 102, 103)])
        return members.lock(transaction, 103, 101, 103, 999)

    locked = await database.write(work)
    assert [row.id for row in locked] == [101, 103]
    assert all(isinstance(row, MemberRow) for row in locked)


@pytest.mark.asyncio
async def test_a_member_is_found_by_what_they_show(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(101), member_row(102)])
        for name, value in SHOWN.items():
            transaction.run(query(f"update member set {name} = '{value}' where id = 101"))
        finders = (members.by_phone, members.by_card, members.by_code)
        found = [find(transaction, value) for find, value in zip(finders, SHOWN.values(), strict=True)]
        return found, [find(transaction, "other") for find in finders]

    found, nobody = await database.write(work)
    assert ([row.id for row in found], nobody) == ([101] * 3, [None] * 3)


@pytest.mark.asyncio
async def test_a_phone_leads_to_who_holds_it_took_it_over_or_writes_from_it(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(101), member_row(102, phone="+2")])
        transaction.run(query("update member set merged_into = 101 where id = 102"))
        writer = add_person(transaction, "sms", "+3")
        add_person(transaction, "telegram", "+4")
        gone = add_person(transaction, "whatsapp", "+5")
        transaction.run(query(f"update member set erased_at = 5 where id = {gone}"))
        found = [members.by_phone(transaction, f"+{number}") for number in range(2, 6)]
        return [row and row.id for row in found], writer, [members.has_phone(transaction, one) for one in ("+2", "+3")]

    found, writer, holders = await database.write(work)
    assert (found, holders) == ([101, writer, None, None], [102, None])


@pytest.mark.asyncio
async def test_a_search_finds_by_whatever_fits_within_the_markets(database) -> None:
    def work(transaction):
        people.add_members(
            transaction,
            [
                member_row(101, name="Élodie B", phone="+39333", referral_code="ELO1"),
                member_row(102, name="100% Carla", market="DE"),
            ],
        )
        transaction.run(query("update member set email = 'Elo@Example.org', card_number = '2900' where id = 101"))
        place = add_person(transaction, "sms", "+39334", name=None, merged_into=None)

        def found(markets: tuple[str, ...] = (), **wanted) -> list[int]:
            rows = members.search(transaction, members.Wanted(**wanted), markets, most=10)
            return sorted(row.id if row.id != place else 7 for row in rows)

        return [
            found(names=("élodie", "Élodie")),
            found(names=("carla",)),
            found(("IT",), names=("carla",)),
            found(phones=("+39333",)),
            found(phones=("+39334",)),
            found(number=102),
            found(text="elo@example.ORG"),
            found(text="elo1"),
            found(text="2900"),
            found(names=("0%",)),
            found(names=("_",)),
        ]

    assert await database.write(work) == [[101], [102], [], [101], [7], [102], [101], [101], [101], [102], []]
