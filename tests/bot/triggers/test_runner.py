"""The runner on a real database: once per key whatever is repeated, later when it must be, time-outs passed on."""

import asyncio
from typing import Any

import orjson
import pytest

from bot.permission import Occasion
from bot.triggers import Trigger, Triggers
from bot.triggers._runner import TriggersError
from storage import messages, occasions, people
from storage.database import Transaction
from tests.bot.triggers.conftest import DAY, HOUR, MARKETS, PROGRAMME, SECOND, House, us

pytestmark = pytest.mark.asyncio
MIDNIGHT, NINE, NOON = (us(f"2026-06-15T{time}+02:00") for time in ("00:10", "09:00", "12:00"))


def milestone(member: int, at: int = 5, expires_at: int | None = None) -> Occasion:
    return Occasion.of(
        f"milestone:{member}:purchases:{at}", "milestone", "milestone", member, {"count": at}, expires_at
    )


async def set_timer(house: House, row: dict[str, Any]) -> None:
    await house.database.write(lambda transaction: occasions.set_timers(transaction, [row]))


def counts(tick: Any) -> tuple[int, int, int]:
    return tick.fired, tick.later, tick.refused


async def test_at_night_it_waits_and_then_fires_once(house: House) -> None:
    member = await house.member(birth=(6, 15))
    triggers, house.now = house.triggers(), MIDNIGHT
    tick = await triggers.tick()
    assert (counts(tick), tick.next_at) == ((0, 1, 0), NINE)
    assert house.events() == []
    assert house.firings() == [(f"birthday:{member}:2026", "later", "quiet_hours")]
    house.now = NINE
    tick = await triggers.tick()
    assert (counts(tick), tick.next_at) == ((1, 0, 0), None)
    house.now = NINE + HOUR
    assert counts(await triggers.tick(force=True)) == (0, 0, 0)
    assert house.events() == [(f"birthday:{member}:2026", "telegram", "trigger")]
    assert house.firings() == [(f"birthday:{member}:2026", "send", "ok")]


async def test_the_event_says_what_the_lane_needs(house: House) -> None:
    member = await house.member(birth=(6, 15))
    house.now = NOON
    await house.triggers().tick()
    ((address, data),) = house.rows("select address, data from event")
    assert address == f"telegram-{member}"
    assert orjson.loads(data) == {
        "flow": "birthday",
        "values": {"points": ["Points", 50]},
        "occasion": f"birthday:{member}:2026",
        "expires_at": us("2026-06-16T00:00+02:00"),
        "template": False,
        "reason": "ok",
    }


async def test_ticks_and_restarts_fire_once(house: House) -> None:
    await house.member(birth=(6, 15))
    house.now = NOON
    first, second = house.triggers(), house.triggers()
    ticks = await asyncio.gather(first.tick(force=True), second.tick(force=True), first.tick(force=True))
    assert sum(tick.fired for tick in ticks) == 1
    assert counts(await house.triggers().tick(force=True)) == (0, 0, 0)
    assert len(house.events()) == 1


async def test_whatsapp_silent_for_three_days_takes_the_template(house: House) -> None:
    await house.member("whatsapp", birth=(6, 15), inbound=NOON - 3 * DAY)
    house.now = NOON
    assert (await house.triggers().tick()).fired == 1
    ((data,),) = house.rows("select data from event")
    assert orjson.loads(data)["template"] is True
    assert house.firings()[0][1:] == ("send", "template")


async def test_a_refusal_is_recorded_once(house: House) -> None:
    member = await house.member(birth=(6, 15), marketing=0)
    house.now = NOON
    triggers = house.triggers()
    assert counts(await triggers.tick()) == (0, 0, 1)
    assert counts(await triggers.tick(force=True)) == (0, 0, 0)
    assert house.firings() == [(f"birthday:{member}:2026", "no", "no_consent")]
    assert house.events() == []


async def test_a_gift_that_nobody_may_be_told_of_is_given_all_the_same(house: House) -> None:
    silent = await house.member(birth=(6, 15), marketing=0)
    greeted = await house.member(birth=(6, 15))
    house.now = NOON
    await house.triggers().tick()
    await house.triggers().tick(force=True)
    held = "select owner_id, active from account where unit = 'points' and owner_id > 15"
    assert house.rows(held) == [(silent, 50)], "the other gift comes with its greeting"
    assert house.events() == [(f"birthday:{greeted}:2026", "telegram", "trigger")]


async def test_the_search_is_made_once_an_hour(house: House) -> None:
    house.now = NOON
    triggers = house.triggers()
    await triggers.tick()
    await house.member(birth=(6, 15))
    house.now = NOON + HOUR - SECOND
    assert (await triggers.tick()).fired == 0
    house.now = NOON + HOUR
    assert (await triggers.tick()).fired == 1


async def test_after_an_outage_yesterdays_birthday_is_dropped(house: House) -> None:
    member = await house.member(birth=(6, 15))
    house.now = MIDNIGHT
    await house.triggers().tick()
    house.now = NOON + DAY
    assert counts(await house.triggers().tick()) == (0, 0, 1)
    assert house.firings() == [(f"birthday:{member}:2026", "no", "expired")]
    assert house.rows("select key from timer") == []


async def test_a_birthday_on_sunday_cannot_wait_for_monday(house: House) -> None:
    await house.member(birth=(6, 14))
    house.now = us("2026-06-14T10:00+02:00")
    assert counts(await house.triggers().tick()) == (0, 0, 1)
    assert house.firings()[0][1:] == ("no", "expired")


async def test_a_milestone_comes_as_a_timer(house: House) -> None:
    member = await house.member()
    house.now = NOON
    triggers = house.triggers()
    await set_timer(house, milestone(member).as_timer(NOON))
    assert counts(await triggers.tick()) == (1, 0, 0)
    await set_timer(house, milestone(member).as_timer(NOON))
    assert counts(await triggers.tick()) == (0, 0, 0)
    assert house.events() == [(f"milestone:{member}:purchases:5", "telegram", "trigger")]
    assert house.rows("select key from timer") == []


async def test_the_cap_counts_what_is_still_on_its_way(house: House) -> None:
    member = await house.member()
    house.now = NOON
    triggers = house.triggers()
    for at in (5, 10):
        await set_timer(house, milestone(member, at).as_timer(NOON))
    tick = await triggers.tick()
    assert (counts(tick), tick.next_at) == ((1, 1, 0), NOON + DAY)
    assert {firing[2] for firing in house.firings()} == {"ok", "capped"}


async def test_the_cap_counts_the_outbox_of_the_last_week(house: House) -> None:
    member = await house.member()
    house.now = NOON
    await house.database.write(lambda transaction: _marketing_row(transaction, member, NOON - 3 * DAY))
    await set_timer(house, milestone(member).as_timer(NOON))
    assert (await house.triggers().tick()).later == 1
    for day in (1, 2, 3, 4):
        house.now = NOON + day * DAY
        fired = (await house.triggers().tick()).fired
    assert fired == 1
    assert house.now == NOON + 4 * DAY


def _marketing_row(transaction: Transaction, member: int, at: int) -> None:
    (person,) = people.of_member(transaction, member)
    empty = dict.fromkeys(("inbox_id", "token", "expires_at", "provider_id", "error", "reason"))
    row = {
        "id": transaction.ids.new(),
        "address_id": person.address_id,
        "member_id": member,
        "kind": "marketing",
        "body": "{}",
        "locale": "it",
        "control_version": 0,
        "author_id": None,
        "status": "sent",
        "due_at": at,
        "attempts": 1,
        "parts_sent": 1,
        "created_at": at,
        "updated_at": at,
    }
    messages.add_outbox(transaction, [{**empty, **row}])


async def test_while_a_person_answers_it_waits(house: House) -> None:
    member = await house.member(control="human")
    house.now = NOON
    await set_timer(house, milestone(member).as_timer(NOON))
    tick = await house.triggers().tick()
    assert (counts(tick), tick.next_at) == ((0, 1, 0), NOON + HOUR)
    assert house.firings()[0][1:] == ("later", "human_active")


async def test_a_time_out_goes_to_its_lane_once(house: House) -> None:
    house.now = NOON
    row = {
        "key": "timeout:9:abc",
        "due_at": NOON,
        "kind": "timeout",
        "channel": "telegram",
        "address": "77",
        "data": '{"token":"abc"}',
    }
    triggers = house.triggers()
    await set_timer(house, row)
    await triggers.tick()
    await set_timer(house, row)
    await triggers.tick()
    assert house.rows("select key, channel, address, kind, data from event") == [
        ("timeout:77:abc", "telegram", "77", "timeout", '{"token":"abc"}')
    ]
    assert house.rows("select key from timer") == []


async def test_many_members_in_chunks(house: House) -> None:
    for _ in range(70):
        await house.member(birth=(6, 15))
    house.now = MIDNIGHT
    triggers = house.triggers()
    assert (await triggers.tick()).later == 70
    house.now = NINE
    assert (await triggers.tick()).fired == 70
    assert len(house.events()) == 70


@pytest.mark.parametrize("flow", ["gone", "milestone"])
async def test_an_occasion_without_flow_or_member_is_dropped(house: House, flow: str) -> None:
    member = await house.member() if flow == "gone" else 1
    await set_timer(house, Occasion("k", "milestone", flow, member, {}).as_timer(NOON))
    house.now = NOON
    assert counts(await house.triggers().tick()) == (0, 0, 0)
    assert house.rows("select key from timer") == []


async def test_a_broken_member_or_trigger_holds_nobody_up(house: House) -> None:
    broken, sound = await house.member(zone="Europe/Nowhere"), await house.member()
    for member in (broken, sound):
        await set_timer(house, milestone(member).as_timer(NOON))

    def fails(transaction: Transaction, **_: Any) -> list[Occasion]:
        raise ValueError("broken")

    house.now = NOON
    tick = await house.triggers(Trigger("broken", "birthday", fails)).tick()
    assert (counts(tick), tick.next_at) == ((1, 0, 0), NOON + HOUR)


async def test_a_trigger_without_its_flow_fails_the_start(house: House) -> None:
    with pytest.raises(TriggersError, match="birthday"):
        Triggers(house.database, PROGRAMME, MARKETS, {"milestone": "marketing"}, limits={}, clock=lambda: 0)


async def test_it_runs_until_told_to_stop_and_wakes_for_a_new_timer(house: House) -> None:
    member = await house.member()
    house.now = NOON
    stop, passed_on = asyncio.Event(), asyncio.Event()
    house.database.subscribe("event", passed_on.set)
    running = asyncio.create_task(house.triggers().run(stop))
    await asyncio.sleep(0.1)
    await set_timer(house, milestone(member).as_timer(NOON))
    async with asyncio.timeout(5):
        await passed_on.wait()
        stop.set()
        await running
    assert len(house.events()) == 1
