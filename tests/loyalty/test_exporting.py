"""The export: all that is theirs, nothing of their friends, no code that could be used; its link works once."""

import asyncio
import re

import orjson
import pytest

from loyalty import erasing, exporting, merging, tokens
from loyalty.exporting import NobodyToExport, export, make_link
from loyalty.work import Work
from storage import attachments
from storage.database import Database
from tests.builders import DAY, MONDAY, add_rows, outbox_row, query
from tests.loyalty.till import consent, give, person, work_in

PHONE = "+39333"
URL = "https://shop.example"


def open_link(work: Work, token: str):
    """What the link gives, once."""
    given = exporting.of_link(work, token)
    return given if given is not None and exporting.use_link(work, token) else None


@pytest.fixture
def run(database_url: str):
    async def run_it(task):
        database = Database(database_url)

        def work(transaction):
            work = work_in(transaction)
            person(transaction, 101, ("whatsapp", PHONE), phone=PHONE, name="Anna", referral_code="ANNA1")
            return task(work)

        try:
            return await database.write(work)
        finally:
            await database.close()

    return lambda task: asyncio.run(run_it(task))


def later(work: Work, microseconds: int) -> Work:
    return Work(work.transaction, work.programme, work.keyring, work.now + microseconds)


def test_all_that_is_theirs_is_there(run) -> None:
    def task(work):
        give(work, 101, 40, days=5)
        give(work, 101, 3, unit="stamps:coffee")
        consent(work, 101, "marketing", "grant")
        add_rows(work.transaction, [outbox_row(work.transaction, 1010, '{"text":"Ciao Anna"}', work.now)])
        coupon = "id, key, code_hash, member_id, market, kind, state, actor, issued_at, expires_at"
        work.transaction.run(
            query(
                f"insert into coupon ({coupon}) values (1, 'k', 'secret', 101, 'IT', 'espresso', 'issued', 'x', 1, 9)"
            )
        )
        person(work.transaction, 102, ("sms", "+39444"), name="Friend")
        words = "insert into referral (id, referrer_id, friend_id, state, flags, created_at) values "
        work.transaction.run(query(f"{words} (1, 101, 102, 'pending', '', 1)"))
        return export(work.transaction, 101, work.now)

    found = run(task)
    assert (found["profile"]["name"], found["profile"]["phone"]) == ("Anna", PHONE)
    assert found["addresses"][0]["value"] == PHONE
    assert found["consents"][0]["action"] == "grant"
    points, stamps = found["wallets"]
    assert (points["active"], points["lots"][0]["remaining"], points["lines"][0]["amount"]) == (40, 40, 40)
    assert points["lots"][0]["expires_at"].startswith("2026-03-07T")
    assert (stamps["unit"], stamps["active"]) == ("stamps:coffee", 3)
    assert found["messages"]["sent"][0]["body"] == "Ciao Anna"
    assert (found["coupons"][0]["kind"], found["referrals"]["invited"]) == ("espresso", {"pending": 1})
    text = orjson.dumps(found).decode()
    assert [word for word in ("secret", "Friend", "+39444") if word in text] == []
    assert re.search(r"\b102\b", text) is None, "the friend's number, apart from longer ones that hold these digits"


def test_purchases_come_with_their_refunds_and_those_of_a_former_membership(run) -> None:
    def task(work):
        person(work.transaction, 102, name="Annetta", joined_at=MONDAY - 900 * DAY)
        names = "id, order_id, member_id, market, state, currency, total, shipping, tax, redeemed, lines, test, round"
        more = "earned, credited, refunded, reversed, uncredited, at, created_at"
        for number, owner in ((1, 101), (2, 102)):
            values = (
                f"{number}, 'o{number}', {owner}, 'IT', 'paid', 'EUR', 500, 0, 0, 0, '[]', 0, 0, 5, 0, 0, 0, 0, 1, 1"
            )
            work.transaction.run(query(f"insert into purchase ({names}, {more}) values ({values})"))
        refund = "id, refund_id, order_id, amount, currency, state, reversed, returned, at, created_at"
        work.transaction.run(
            query(f"insert into refund ({refund}) values (1, 'r', 'o1', 100, 'EUR', 'applied', 1, 0, 1, 1)")
        )
        merging.merge(work, 102, 101)
        return export(work.transaction, 101, work.now)

    found = run(task)
    assert found["profile"]["id"] == 102
    assert [one["name"] for one in found["former_memberships"]] == ["Anna"]
    assert sorted(one["order_id"] for one in found["purchases"]) == ["o1", "o2"]
    assert [(one["order_id"], one["amount"]) for one in found["refunds"]] == [("o1", 100)]


def test_nobody_and_the_erased_have_no_export(run) -> None:
    def task(work):
        link = make_link(work, 101, URL)
        erasing.erase(work, 101)
        for member_id in (101, 999):
            with pytest.raises(NobodyToExport):
                export(work.transaction, member_id, work.now)
        return open_link(work, link.rpartition("/")[2])

    assert run(task) is None


def test_the_link_works_once_within_a_day_and_a_preview_does_not_use_it(run) -> None:
    def task(work):
        link = make_link(work, 101, URL)
        token = link.rpartition("/")[2]
        seen = exporting.is_open(work, token)
        once, again = open_link(work, token), open_link(work, token)
        late = make_link(work, 101, URL).rpartition("/")[2]
        return (
            link,
            seen,
            once["profile"]["id"],
            again,
            open_link(later(work, DAY), late),
            exporting.is_open(work, token),
        )

    link, seen, once, again, late, open_still = run(task)
    assert link.startswith(f"{URL}/export/")
    assert (seen, once, again, late, open_still) == (True, 101, None, None, False)


def test_a_later_link_voids_the_earlier_and_a_till_proof_is_no_link(run) -> None:
    def task(work):
        first = make_link(work, 101, URL).rpartition("/")[2]
        make_link(later(work, 1), 101, URL)
        forged = tokens.proof(work.keyring, 101, "key:1", work.now + DAY)
        unknown = tokens.proof(work.keyring, 101, "export", work.now + 7)
        return [open_link(work, token) for token in (first, forged, unknown, "hello")]

    assert run(task) == [None] * 4


def test_what_they_wrote_and_which_files_they_were_sent(run) -> None:
    def task(work):
        names = "id, channel, provider_id, address_id, kind, raw, words, status, received_at"
        values = "1, 'whatsapp', 'p', 1010, 'text', '', 'Dov''è il mio caffè?', 'done', 1"
        work.transaction.run(query(f"insert into inbox ({names}) values ({values})"))
        fields = {"staff_id": 7, "name": "bill.pdf", "type": "application/pdf", "content": b"%PDF-", "now": 0}
        attachments.add(work.transaction, member_id=101, **fields)
        return export(work.transaction, 101, work.now)

    found = run(task)
    assert [one["words"] for one in found["messages"]["received"]] == ["Dov'è il mio caffè?"]
    sent = {"at": "1970-01-01T00:00:00+00:00", "name": "bill.pdf", "type": "application/pdf"}
    assert found["attachments"] == [sent]
