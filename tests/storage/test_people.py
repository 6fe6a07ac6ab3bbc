"""Members, addresses, conversations and sessions: read as one row, written in lots."""

import pytest

from storage import people
from tests.builders import MONDAY, add_person, member_row

MEMBER_FIELDS = people.PersonRow._fields[6:25]


def address_row(address_id: int, member_id: int, channel: str, value: str) -> dict[str, object]:
    known = {"profile_name": None, "reachable": 1, "opted_out": 0, "created_at": 1}
    return {"id": address_id, "channel": channel, "value": value, "member_id": member_id, **known}


@pytest.mark.asyncio
async def test_a_person_is_read_as_one_row(database) -> None:
    def work(transaction):
        person = add_person(transaction, "sms", "+39333", inbound=5, name="Ada", birth_month=2, birth_day=29)
        return person, people.at_addresses(transaction, ["+39333", "+1"]), people.at(transaction, "sms", "+39333")

    person, rows, at = await database.write(work)
    assert rows == at
    (row,) = rows
    assert (row.address_id, row.member_id, row.channel, row.address) == (person, person, "sms", "+39333")
    assert (row.name, row.birth_month, row.birth_day, row.last_inbound_at) == ("Ada", 2, 29, 5)
    assert (row.state, row.account_id, row.lifetime) == (None, None, None)


@pytest.mark.asyncio
async def test_the_row_names_every_column_of_the_member_in_order(database) -> None:
    columns = {
        "phone": "+39333",
        "zone": "UTC",
        "birth_year": 1990,
        "birth_edits": 3,
        "birth_set_at": 4,
        "market": "ES",
    }
    more = {"locale": "es", "locale_source": "chosen", "referral_code": "C", "control": "human"}

    def work(transaction):
        add_person(transaction, "sms", "x", **columns, **more, control_version=7)
        return people.at_addresses(transaction, ["x"])[0]

    row = await database.write(work)
    assert {name: getattr(row, name) for name in columns | more} == columns | more
    assert row.control_version == 7


@pytest.mark.asyncio
async def test_one_value_on_two_channels_is_two_addresses(database) -> None:
    def work(transaction):
        member = add_person(transaction, "sms", "+39333")
        people.add_addresses(transaction, [address_row(2, member, "whatsapp", "+39333")])
        both = {row.channel for row in people.at_addresses(transaction, ["+39333"])}
        return both, [row.member_id for row in people.of_member(transaction, member)] == [member, member]

    assert await database.write(work) == ({"sms", "whatsapp"}, True)


@pytest.mark.asyncio
async def test_addresses_of_a_member_come_with_the_last_used_first(database) -> None:
    def work(transaction):
        member = add_person(transaction, "sms", "never")
        for number, (value, inbound) in enumerate([("old", 5), ("new", 9), ("never too", None)], 10):
            people.add_addresses(transaction, [address_row(number, member, "whatsapp", value)])
            talk = {"address_id": number, "last_inbound_at": inbound, "misses": 0, "version": 0, "leaning": None}
            people.add_conversations(transaction, [talk])
        return [row.address for row in people.of_member(transaction, member)]

    assert (await database.write(work))[:2] == ["new", "old"]


@pytest.mark.asyncio
async def test_saving_a_member_changes_all_that_is_given_and_nobody_else(database) -> None:
    def work(transaction):
        people.add_members(transaction, [member_row(1), member_row(2)])
        changed = {**member_row(1, name="New", marketing=0, phone="+5", birth_month=3), "key": 1}
        people.save_members(transaction, [{k: v for k, v in changed.items() if k not in ("id", "created_at")}])
        people.add_addresses(transaction, [address_row(10 + n, n, "sms", str(n)) for n in (1, 2)])
        return people.at_addresses(transaction, ["1", "2"])

    one, two = sorted(await database.write(work), key=lambda row: row.member_id)
    assert (one.name, one.marketing, one.phone, one.birth_month) == ("New", 0, "+5", 3)
    assert (two.name, two.marketing, two.phone) == (None, 1, None)


@pytest.mark.asyncio
async def test_sessions_are_replaced_and_ended(database) -> None:
    def session(address_id: int, step: str) -> dict[str, object]:
        row = {"flow": "join", "version": "v1", "step": step, "state": f'{{"at":"{step}"}}'}
        return {"address_id": address_id, **row, "updated_at": MONDAY}

    def work(transaction):
        one, two = add_person(transaction, "sms", "1"), add_person(transaction, "sms", "2")
        people.save_sessions(transaction, [session(one, "a"), session(two, "a")])
        people.save_sessions(transaction, [session(one, "b")])
        live = people.live_sessions(transaction, "join")
        states = [row.state for row in people.at_addresses(transaction, ["1", "2"])]
        versions = people.live_versions(transaction)
        people.end_sessions(transaction, [one, 99])
        return live, states, versions, [row.state for row in people.at_addresses(transaction, ["1", "2"])]

    live, states, versions, left = await database.write(work)
    assert sorted(step for _, _, step, _ in live) == ["a", "b"]
    assert states == ['{"at":"b"}', '{"at":"a"}']
    assert (versions, left) == ([("join", "v1")], [None, '{"at":"a"}'])


@pytest.mark.asyncio
async def test_consents_are_appended_in_order(database) -> None:
    def consent(number: int, member_id: int, action: str) -> dict[str, object]:
        row = {"channel": "sms", "purpose": "marketing", "action": action, "basis": "consent", "text_version": None}
        return {
            "id": number,
            "member_id": member_id,
            **row,
            "locale": "it",
            "source": "text",
            "evidence": None,
            "at": 1,
        }

    def work(transaction):
        person = add_person(transaction, "sms", "1")
        people.add_consents(transaction, [consent(1, person, "grant"), consent(2, person, "withdraw")])
        people.withdraw_marketing(transaction, person)
        return people.consents(transaction, person), people.of_member(transaction, person)[0].marketing

    consents, marketing = await database.write(work)
    assert [(purpose, action) for purpose, action, *_ in consents] == [
        ("marketing", "grant"),
        ("marketing", "withdraw"),
    ]
    assert marketing == 0


@pytest.mark.asyncio
async def test_what_a_provider_says_of_an_address(database) -> None:
    def work(transaction):
        person = add_person(transaction, "telegram", "1")
        people.set_reachable(transaction, person, False)
        people.set_opted_out(transaction, person, True)
        people.move_address(transaction, person, "telegram", "-100")
        (row,) = people.of_member(transaction, person)
        return (row.reachable, row.opted_out, row.address), people.address_of(transaction, person)

    assert await database.write(work) == ((0, 1, "-100"), ("telegram", "-100"))
    assert await database.read(lambda transaction: people.address_of(transaction, 5)) is None
