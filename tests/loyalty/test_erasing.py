"""Erasure: the person goes, the books stay in order, and a repeat is refused."""

import asyncio

import pytest

from loyalty import erasing, merging, tokens
from loyalty.erasing import NobodyToErase, erase, finish
from loyalty.work import Work
from storage import attachments, ledger, members, merges, people, profiles, proofs, referrals
from storage.database import Database
from storage.ledger import Spending
from tests.builders import HOUR, add_rows, outbox_row, query
from tests.loyalty.till import consent, give, held, person, work_in

PHONE = "+39333"


@pytest.fixture
def run(database_url: str):
    async def run_it(task):
        database = Database(database_url)

        def work(transaction):
            work = work_in(transaction)
            places = (("whatsapp", PHONE), ("telegram", "501"))
            person(transaction, 101, *places, phone=PHONE, name="Anna", referral_code="ANNA1", card_number="29")
            found = task(work)
            assert ledger.audit(transaction) == []
            return found

        try:
            return await database.write(work)
        finally:
            await database.close()

    return lambda task: asyncio.run(run_it(task))


def later(work: Work, microseconds: int) -> Work:
    return Work(work.transaction, work.programme, work.keyring, work.now + microseconds)


def test_nothing_personal_is_left_and_what_was_held_is_given_up(run) -> None:
    def task(work):
        give(work, 101, 40)
        give(work, 101, 3, unit="stamps:coffee")
        consent(work, 101, "marketing", "grant")
        given_up = erase(work, 101)
        row = members.get(work.transaction, 101)
        lines = [line.kind for line in ledger.statement(work.transaction, 101)]
        values = [one.value for one in profiles.addresses(work.transaction, 101)]
        hash = tokens.hashed(work.keyring, "phone", PHONE)
        shown = (row.name, row.phone, row.email, row.referral_code, row.card_number, row.erased_at == work.now)
        known = referrals.is_suppressed(work.transaction, hash), len(people.consents(work.transaction, 101))
        return given_up, held(work, 101), shown, lines, values, known

    given_up, points, shown, lines, values, known = run(task)
    assert (given_up, points) == (43, {})
    assert shown == (None, None, None, None, None, True)
    assert (lines, values, known) == (["erasure", "goodwill"], ["erased:1010", "erased:1011"], (True, 1))


def test_what_is_reserved_is_given_up_and_open_coupons_are_void(run) -> None:
    def task(work):
        give(work, 101, 40)
        spent = ledger.spend(work.transaction, Spending("redeem:5", 101, 30, "redeem", "tote"), work.now)
        names = "id, key, member_id, market, kind, name, unit, amount, money, state, transaction_id, returned, actor"
        values = f"5, 'k', 101, 'IT', 'reward', 'tote', 'points', 30, 0, 'reserved', {spent.transaction_id}, 0, 'x'"
        insert = f"insert into redemption ({names}, reserved_at, expires_at) values ({values}, 1, 9)"
        work.transaction.run(query(insert))
        names = "id, key, code_hash, member_id, market, kind, state, actor, issued_at, expires_at"
        for number, state in ((1, "issued"), (2, "redeemed")):
            values = f"{number}, 'c{number}', 'h{number}', 101, 'IT', 'espresso', '{state}', 'x', 1, {work.now + 9}"
            settled = "null" if state == "issued" else "1"
            work.transaction.run(query(f"insert into coupon ({names}, settled_at) values ({values}, {settled})"))
        given_up = erase(work, 101)
        states = [row[0] for row in work.transaction.all(query("select state from coupon order by id"))]
        return given_up, states, work.transaction.all(query("select state from redemption"))[0][0]

    assert run(task) == (40, ["void", "redeemed"], "released")


def test_everybody_merged_into_them_goes_too_and_the_merge_stays_made(run) -> None:
    def task(work):
        person(work.transaction, 102, ("sms", "+39334"), phone="+39334", name="Annetta", referral_code="ANNA2")
        done = merging.merge(work, 102, 101)
        erase(work, 101)
        with pytest.raises(merging.NoMerge, match="erased"):
            merging.undo(work, done.id)
        rows = [members.get(work.transaction, number) for number in (101, 102)]
        return [(row.name, row.phone, row.referral_code, row.erased_at is None) for row in rows], merges.get(
            work.transaction, done.id
        ).data

    assert run(task) == ([(None, None, None, False)] * 2, "{}")


def test_an_erasure_happens_once(run) -> None:
    def task(work):
        erase(work, 101)
        for member_id in (101, 999):
            with pytest.raises(NobodyToErase):
                erase(work, member_id)
        return True

    assert run(task)


def test_the_farewell_address_goes_after_an_hour(run) -> None:
    def task(work):
        erase(work, 101, farewell=("whatsapp", PHONE))
        (row,) = people.at(work.transaction, "whatsapp", PHONE)
        early = finish(later(work, HOUR - 1), 10)
        done = finish(later(work, HOUR), 10), finish(later(work, HOUR), 10)
        fresh = members.get(work.transaction, row.member_id)
        state = (row.joined_at, row.phone, row.name, row.lifetime, row.reachable, row.last_inbound_at == work.now)
        return early, done, state, people.at(work.transaction, "whatsapp", PHONE), fresh.erased_at is not None

    assert run(task) == (0, (1, 0), (None, None, None, None, 1, True), [], True)


def test_the_farewell_address_of_who_wrote_again_stays(run) -> None:
    def task(work):
        erase(work, 101, farewell=("whatsapp", PHONE))
        (row,) = people.at(work.transaction, "whatsapp", PHONE)
        names = "id, channel, provider_id, address_id, kind, raw, status, received_at"
        values = f"1, 'whatsapp', 'p', {row.address_id}, 'text', 'x', 'done', {work.now + 1}"
        raw = values.replace("'x'", "cast('x' as bytea)" if work.transaction.dialect == "postgresql" else "x'78'")
        work.transaction.run(query(f"insert into inbox ({names}) values ({raw})"))
        finish(later(work, HOUR), 10)
        found = people.at(work.transaction, "whatsapp", PHONE)
        return len(found), proofs.due(work.transaction, "farewell", work.now + 2 * HOUR, 9), erasing.FAREWELL == HOUR

    assert run(task) == (1, [], True)


def test_what_was_being_sent_is_taken_out_within_the_hour(run) -> None:
    def task(work):
        row = outbox_row(work.transaction, 1010, '{"text":"Anna"}', 1, member_id=101, status="sending")
        add_rows(work.transaction, [row])
        erase(work, 101)
        body = "select body from outbox"
        before = work.transaction.all(query(body))[0][0]
        done = [finish(later(work, HOUR), 9) for _ in range(2)]
        work.transaction.run(query("update outbox set status = 'sent'"))
        return before, done

    before, done = run(task)
    assert "Anna" in before
    assert done == [1, 0]


def test_what_was_sent_meanwhile_says_nothing_an_hour_later(run) -> None:
    def task(work):
        row = outbox_row(work.transaction, 1010, '{"text":"Anna"}', 1, member_id=101, status="sending")
        add_rows(work.transaction, [row])
        erase(work, 101)
        work.transaction.run(query("update outbox set status = 'sent'"))
        finish(later(work, HOUR), 9)
        return work.transaction.all(query("select body from outbox"))[0][0]

    assert "Anna" not in run(task)


def test_files_that_staff_sent_go_also_those_of_a_former_membership(run) -> None:
    def task(work):
        person(work.transaction, 102, name="Annetta")
        fields = {"staff_id": 7, "name": "x.png", "type": "image/png", "content": b"x", "now": 1}
        kept = [attachments.add(work.transaction, member_id=member, **fields) for member in (101, 102)]
        merging.merge(work, 102, 101)
        erase(work, 102)
        return [attachments.get(work.transaction, one) for one in kept]

    assert run(task) == [None, None]
