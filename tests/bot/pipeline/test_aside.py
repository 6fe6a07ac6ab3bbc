"""A use case that changes members and addresses itself: the batch writes before and reads again after."""

import pytest

from bot.pipeline._aside import aside
from bot.pipeline._unit import Unit
from storage import people
from tests.builders import ANNA, BRUNO, House, query, text, world


@pytest.mark.asyncio
async def test_changes_go_in_before_and_the_rows_win_after(each_house: House) -> None:
    house = each_house
    anna, bruno = await house.join(ANNA), await house.join(BRUNO)

    def work(transaction):
        unit = Unit(transaction, world(), house.clock())
        unit.load([text(ANNA, "a"), text(BRUNO, "b")])
        place, other = (unit.places["whatsapp", value] for value in (ANNA, BRUNO))
        place.member.name, place.member.changed = "Anna", True
        place.misses, place.changed = 3, True
        with aside(unit):
            inside = people.at(transaction, "whatsapp", ANNA)[0]
            transaction.run(query(f"update address set member_id = {bruno} where id = {place.id}"))
            transaction.run(query(f"update member set name = 'Bruno' where id = {bruno}"))
        place.member.marketing, place.member.changed = 0, True
        unit.flush()
        return (inside.name, inside.misses), place.member is other.member, place.misses

    seen, shared, misses = await house.database.write(work)
    assert (seen, shared, misses) == (("Anna", 3), True, 3)
    assert await house.member(bruno, "name", "marketing") == ["Bruno", 0]
    assert await house.member(anna, "name", "marketing") == ["Anna", 1]


@pytest.mark.asyncio
async def test_a_new_row_of_an_address_takes_over_what_is_to_be_said(each_house: House) -> None:
    house = each_house
    anna = await house.join(ANNA)

    def work(transaction):
        unit = Unit(transaction, world(), house.clock())
        unit.load([text(ANNA, "a")])
        place = unit.places["whatsapp", ANNA]
        old = place.id
        unit.outbox.append({"address_id": old})
        unit.timers += [{"channel": "whatsapp", "address": value} for value in (ANNA, BRUNO)]
        with aside(unit):
            transaction.run(query(f"update address set value = 'gone' where id = {old}"))
            row = {"id": 7, "channel": "whatsapp", "value": ANNA, "member_id": anna, "profile_name": None}
            people.add_addresses(transaction, [{**row, "reachable": 1, "opted_out": 0, "created_at": 1}])
        return place.id, unit.outbox, unit.timers, place.session

    place_id, outbox, timers, session = await house.database.write(work)
    assert (place_id, outbox, session) == (7, [{"address_id": 7}], None)
    assert timers == [{"channel": "whatsapp", "address": BRUNO}]
