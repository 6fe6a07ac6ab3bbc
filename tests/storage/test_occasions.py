"""Events of our own, timers, firings, watermarks and flow versions."""

import pytest

from storage import occasions, people
from tests.builders import Kind, lane_event, member_row


def timer(key: str, due_at: int) -> dict[str, object]:
    return {"key": key, "due_at": due_at, "kind": "timeout", "channel": "sms", "address": "1", "data": "{}"}


@pytest.mark.asyncio
async def test_an_event_is_put_and_taken_once_per_key(database) -> None:
    def work(transaction):
        row = lane_event("k", Kind.PURCHASE, "sms", "1", {"order_id": "A"})
        put = [occasions.add_event(transaction, row) for _ in range(2)]
        (event,) = occasions.waiting_events(transaction, 9)
        taken = [occasions.take_event(transaction, event.id) for _ in range(2)]
        again = occasions.add_event(transaction, row)
        return put, event.data, taken, again, occasions.waiting_events(transaction, 9), set(transaction.touched)

    assert await database.write(work) == ([True, False], '{"order_id":"A"}', [True, False], False, [], {"event"})


@pytest.mark.asyncio
async def test_a_failed_event_is_listed_and_tried_again(database) -> None:
    def work(transaction):
        for key in ("a", "b"):
            occasions.add_event(transaction, lane_event(key, Kind.TRIGGER, "sms", "1", {}))
        first, second = occasions.waiting_events(transaction, 9)
        occasions.fail_event(transaction, first.id, "E: why")
        failed = occasions.failed_events(transaction)
        done = occasions.retry_event(transaction, second.id), occasions.retry_event(transaction, first.id)
        return [(row.key, row.error) for row in failed], done, [r.key for r in occasions.waiting_events(transaction, 1)]

    assert await database.write(work) == ([("a", "E: why")], (False, True), ["a"])


@pytest.mark.asyncio
async def test_timers_move_and_come_due_in_order(database) -> None:
    def work(transaction):
        occasions.set_timers(transaction, [timer("a", 30), timer("b", 20)])
        occasions.set_timers(transaction, [timer("a", 10)])
        due = [row.key for row in occasions.due_timers(transaction, 20, 9)]
        none = occasions.due_timers(transaction, 9, 9)
        upcoming = occasions.next_timer(transaction)
        occasions.drop_timers(transaction, ["a", "none"])
        return due, none, upcoming, occasions.next_timer(transaction), "timer" in transaction.touched

    assert await database.write(work) == (["a", "b"], [], 10, 20, True)


@pytest.mark.asyncio
async def test_a_firing_is_recorded_once_and_decided_again(database) -> None:
    decision = {"decision": "later", "reason": "quiet_hours", "channel": "sms", "due_at": 5, "at": 1}

    def work(transaction):
        people.add_members(transaction, [member_row(1)])
        row = {"key": "birthday:1:2026", "trigger": "birthday", "member_id": 1, **decision}
        added = [occasions.add_firing(transaction, row) for _ in range(2)]
        sent = {"decision": "send", "reason": "ok", "channel": "sms", "due_at": 6, "at": 2}
        occasions.decide_firing(transaction, "birthday:1:2026", sent)
        return added, occasions.fired(transaction, ["birthday:1:2026", "x"]), occasions.firings(transaction, 1)

    added, fired, firings = await database.write(work)
    assert (added, fired) == ([True, False], {"birthday:1:2026"})
    assert [tuple(row) for row in firings] == [("birthday:1:2026", "birthday", "send", "ok", "sms", 6, 2)]


@pytest.mark.asyncio
async def test_birthdays_match_month_and_day_together(database) -> None:
    def work(transaction):
        born = [(2, 28, 1), (2, 29, 1), (3, 28, 1), (3, 1, 1), (3, 1, None)]
        rows = [
            member_row(n, birth_month=month, birth_day=day, joined_at=joined)
            for n, (month, day, joined) in enumerate(born, 1)
        ]
        people.add_members(transaction, rows)
        return [row[0] for row in occasions.birthdays(transaction, [(2, 28), (3, 1)])]

    assert await database.write(work) == [1, 4]


@pytest.mark.asyncio
async def test_one_version_of_a_flow_is_active(database) -> None:
    def work(transaction):
        for version, now in (("v1", 1), ("v2", 2), ("v1", 3)):
            occasions.publish_flow(transaction, "join", version, "{}", now)
        occasions.publish_flow(transaction, "menu", "m1", "{}", 1)
        return {(flow, version): active for flow, version, _, active in occasions.flow_versions(transaction)}

    assert await database.write(work) == {("join", "v1"): 1, ("join", "v2"): 0, ("menu", "m1"): 1}


@pytest.mark.asyncio
async def test_watermarks_are_moved(database) -> None:
    def work(transaction):
        before = occasions.watermark(transaction, "t")
        for at in (5, 3):
            occasions.set_watermark(transaction, "t", at)
        return before, occasions.watermark(transaction, "t")

    assert await database.write(work) == (None, 3)
