"""Everything personal goes, table by table, and nobody else's."""

import pytest

from storage import attachments, cases, erasing, messages, occasions, people, profiles, proofs
from storage.proofs import ProofRow
from tests.builders import add_person, add_rows, outbox_row, query


def inbox(transaction, number: int, address_id: int, at: int = 1) -> None:
    row = {"id": number, "channel": "sms", "provider_id": f"p{number}", "address_id": address_id, "kind": "text"}
    said = {"raw": b"words", "words": "words", "status": "done", "error": None, "received_at": at}
    messages.add_inbox(transaction, [{**row, **said}])


@pytest.mark.asyncio
async def test_an_address_goes_with_all_that_was_said_there(database) -> None:
    def work(transaction):
        one, two = (add_person(transaction, "sms", value, inbound=1) for value in ("+1", "+2"))
        for person, value in ((one, "+1"), (two, "+2")):
            inbox(transaction, person, person)
            pending = outbox_row(transaction, person, '{"text":"words"}', 1)
            add_rows(transaction, [pending, outbox_row(transaction, person, '{"text":"words"}', 1, status="sent")])
            event = {"key": f"k{person}", "channel": "sms", "address": value, "kind": "purchase", "data": "{}"}
            occasions.add_event(transaction, {**event, "created_at": 1})
            timer = {"key": f"t{person}", "due_at": 9, "kind": "timeout", "channel": "sms", "address": value}
            occasions.set_timers(transaction, [{**timer, "data": "{}"}])
        (place,) = profiles.addresses(transaction, one)
        erasing.blank_address(transaction, place, 5)
        (left,) = profiles.addresses(transaction, one)
        return (
            (left.value == f"erased:{one}", left.reachable, left.opted_out, left.last_inbound_at),
            [(bytes(row[0]), row[1]) for row in transaction.all(query("select raw, words from inbox order by id"))],
            [tuple(row) for row in transaction.all(query("select status, body from outbox order by id"))],
            [row[0] for row in transaction.all(query("select address from event"))],
            [row[0] for row in transaction.all(query("select address from timer"))],
        )

    blank, raw, sent, events, timers = await database.write(work)
    assert blank == (True, 0, 1, None)
    assert raw == [(b"", None), (b"words", "words")]
    said = '{"text":"words"}'
    assert sent == [("dropped", erasing.NO_BODY), ("sent", erasing.NO_BODY), ("pending", said), ("sent", said)]
    assert (events, timers) == (["+2"], ["+2"])


@pytest.mark.asyncio
async def test_a_member_is_blanked_once(database) -> None:
    def work(transaction):
        one = add_person(
            transaction, "sms", "+1", name="Ada", phone="+1", referral_code="C", birth_month=2, birth_day=3
        )
        other = add_person(transaction, "sms", "+2", name="Eva")
        blanked = [erasing.blank_member(transaction, one, at) for at in (5, 6)]
        rows = transaction.all(
            query("select name, phone, birth_month, referral_code, marketing, erased_at from member order by id")
        )
        return blanked, [tuple(row) for row in rows], other > one

    blanked, rows, _ = await database.write(work)
    assert blanked == [True, False]
    assert sorted(rows, key=str) == [("Eva", None, None, None, 1, None), (None, None, None, None, 0, 5)]


@pytest.mark.asyncio
async def test_records_keep_their_amounts(database) -> None:
    def work(transaction):
        one = add_person(transaction, "sms", "+1")
        names = (
            "id, order_id, member_id, phone, payment, market, state, currency, total, shipping, tax, redeemed, lines"
        )
        more = "test, round, earned, credited, refunded, reversed, uncredited, at, created_at"
        for number, owner, phone in ((1, one, "null"), (2, "null", "'+1'"), (3, "null", "'+2'")):
            values = f"{number}, 'o{number}', {owner}, {phone}, 'card', 'IT', 'paid', 'EUR', 500, 0, 0, 0, '[]'"
            transaction.run(
                query(f"insert into purchase ({names}, {more}) values ({values}, 0, 0, 5, 0, 0, 0, 0, 1, 1)")
            )
        proofs.add(transaction, ProofRow(9, "till", "h", one, "{}", 0, 100, None), 1)
        timer = {"key": "n", "due_at": 9, "kind": "occasion", "channel": "", "address": ""}
        data = f'{{"trigger":"news","flow":"x","member":{one},"values":{{}}}}'
        occasions.set_timers(transaction, [{**timer, "data": data}])
        erasing.blank_records(transaction, one, "+1")
        rows = transaction.all(query("select phone, payment, total from purchase order by id"))
        left = transaction.all(query("select (select count(*) from proof), (select count(*) from timer)"))
        return [tuple(row) for row in rows], tuple(left[0])

    rows, left = await database.write(work)
    assert rows == [(None, None, 500), (None, None, 500), ("+2", "card", 500)]
    assert left == (0, 0)


@pytest.mark.asyncio
async def test_a_farewell_address_and_who_wrote_since(database) -> None:
    def work(transaction):
        person = add_person(transaction, "sms", "erased:1")
        address = erasing.add_farewell(transaction, person, "sms", "+1", 50)
        inbox(transaction, 1, address, at=50)
        quiet = erasing.heard_since(transaction, address, 50)
        inbox(transaction, 2, address, at=51)
        (row,) = people.at(transaction, "sms", "+1")
        erasing.suppress(transaction, "h", 1)
        erasing.suppress(transaction, "h", 2)
        count = transaction.all(query("select hash, at from suppression"))
        heard = erasing.heard_since(transaction, address, 50)
        return quiet, heard, (row.address_id == address, row.last_inbound_at), [tuple(one) for one in count]

    assert await database.write(work) == (False, True, (True, 50), [("h", 1)])


@pytest.mark.asyncio
async def test_bodies_of_no_address_are_forgotten_when_they_are_old(database) -> None:
    def work(transaction):
        one = add_person(transaction, "sms", "+1")
        for number, at in ((1, 5), (2, 5), (3, 9), (4, 5)):
            inbox(transaction, number, one, at)
        transaction.run(query("update inbox set address_id = null where id < 4"))
        dropped = [erasing.forget_strays(transaction, 9, 1) for _ in range(3)]
        return dropped, [row[0] for row in transaction.all(query("select id from inbox order by id"))]

    assert await database.write(work) == ([1, 1, 0], [3, 4])


@pytest.mark.asyncio
async def test_answers_kept_for_tills_go_with_the_member_they_name(database) -> None:
    def work(transaction):
        words = "insert into api_request (key_id, idempotency_key, digest, status, body, at) values "
        for key, status, named in (("a", 200, 101), ("b", 200, 1010), ("c", 0, 101)):
            transaction.run(query(f"{words} (1, '{key}', 'd', {status}, '{{\"id\"\\:\"{named}\"}}', 1)"))
        erasing.blank_records(transaction, 101, None)
        return [row[0] for row in transaction.all(query("select idempotency_key from api_request order by 1"))]

    assert await database.write(work) == ["b", "c"]


@pytest.mark.asyncio
async def test_files_go_with_their_member_alone(database) -> None:
    def work(transaction):
        one, two = (add_person(transaction, "sms", value) for value in ("+1", "+2"))
        fields = {"staff_id": 7, "name": "x.png", "type": "image/png", "content": b"x", "now": 1}
        for member in (one, one, two):
            attachments.add(transaction, member_id=member, **fields)
        erasing.blank_records(transaction, one, None)
        return [len(attachments.of_member(transaction, member)) for member in (one, two)]

    assert await database.write(work) == [0, 1]


@pytest.mark.asyncio
async def test_cases_are_closed_and_notes_say_nothing(database) -> None:
    def work(transaction):
        one, two = (add_person(transaction, "sms", value) for value in ("+1", "+2"))
        for member in (one, two):
            blank = dict.fromkeys(cases.CaseRow._fields)
            known = {"id": member, "member_id": member, "market": "IT", "status": "open", "reason": "asked"}
            known |= {"priority": 2, "labels": '["x"]', "channel": "sms", "address_id": member, "version": 1}
            cases.add(transaction, cases.CaseRow(**{**blank, **known, "since": 1, "opened_at": 1}))
            shared = {"case_id": member, "member_id": member, "actor": 7, "at": 1}
            cases.add_entry(transaction, kind="note", data={"text": "private"}, **shared)
            cases.add_entry(transaction, kind="event", data={"what": "taken", "by": 7}, **shared)
        erasing.blank_records(transaction, one, None)
        rows = transaction.all(query("select status, labels from support_case order by id"))
        entries = transaction.all(query("select data from case_entry order by id"))
        return [tuple(row) for row in rows], [row[0] for row in entries]

    found, entries = await database.write(work)
    assert found == [("resolved", "[]"), ("open", '["x"]')]
    kept = '{"what":"taken","by":7}'
    assert entries == ['{"text":""}', kept, '{"text":"private"}', kept]
