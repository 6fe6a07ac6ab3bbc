"""Who stands at the till: QR and digits prove it once, card and phone only claim it."""

import asyncio

import pytest

from loyalty import codes, identifying, merging, tokens
from loyalty.identifying import Identified, NoCodeLeft, NothingShown, identify, proven, show
from loyalty.work import Work
from storage import members, profiles, proofs
from storage.database import Database
from tests.builders import DAY, MINUTE, MONDAY, query
from tests.loyalty.till import person, work_in

TILL = "key:1"
_ERASE = query("update member set erased_at = 1 where id = 102")


@pytest.fixture
def run(database_url: str):
    """Run work in a fresh database of each kind."""

    async def run_it(task):
        database = Database(database_url)
        try:
            return await database.write(lambda transaction: task(_shop(work_in(transaction))))
        finally:
            await database.close()

    return lambda task: asyncio.run(run_it(task))


def _shop(work: Work) -> Work:
    person(work.transaction, 101, phone="+39333")
    person(work.transaction, 102)
    person(work.transaction, 103, joined_at=None, phone="+39334")
    return work


def card_of(work: Work, member_id: int = 101) -> identifying.Card:
    member = members.get(work.transaction, member_id)
    assert member is not None
    return show(work, member)


def at(work: Work, now: int) -> Work:
    return Work(work.transaction, work.programme, work.keyring, now)


def test_a_qr_proves_once_and_gives_the_till_a_proof_of_its_own(run) -> None:
    def task(work):
        card = card_of(work)
        first, again = (identify(work, audience=TILL, qr=card.qr) for _ in range(2))
        return first, again, proven(work, first.proof, TILL), proven(work, first.proof, "key:2"), card

    first, again, mine, others, card = run(task)
    assert (first.member.id, first.grade, again) == (101, "proven", "used")
    assert (mine.id, others) == (101, None)
    assert MONDAY < card.qr_expires_at <= MONDAY + 5 * MINUTE
    assert codes.is_card(card.number)


def test_a_proof_is_over_after_ten_minutes(run) -> None:
    def task(work):
        first = identify(work, audience=TILL, qr=card_of(work).qr)
        late = [at(work, work.now + minutes * MINUTE) for minutes in (9, 10)]
        return [proven(one, first.proof, TILL) is not None for one in late]

    assert run(task) == [True, False]


def test_six_digits_prove_once_while_they_live(run) -> None:
    def task(work):
        digits = card_of(work).digits
        wrong = identify(work, audience=TILL, code="12345")
        first, again = (identify(work, audience=TILL, code=f" {digits[:3]} {digits[3:]}") for _ in range(2))
        late = card_of(work).digits
        return first, again, wrong, identify(at(work, work.now + 5 * MINUTE), audience=TILL, code=late)

    first, again, wrong, late = run(task)
    assert (first.member.id, first.grade, first.proof is not None) == (101, "proven", True)
    assert (again, wrong, late) == ("used", "malformed", "expired")


def test_asking_again_voids_the_older_digits_and_two_members_never_share(run) -> None:
    def task(work):
        draws = iter([1, 2, 2, 3])
        one, other = (members.get(work.transaction, number) for number in (101, 102))
        shown = [show(work, who, draws.__next__).digits for who in (one, one, other)]
        return shown, [identify(work, audience=TILL, code=digits) for digits in shown]

    shown, (first, second, third) = run(task)
    assert shown == ["000001", "000002", "000003"]
    assert (first, second.member.id, third.member.id) == ("unknown", 101, 102)


def test_when_no_digits_are_free_it_says_so(run) -> None:
    def task(work):
        one, other = (members.get(work.transaction, number) for number in (101, 102))
        show(work, one, lambda: 1)
        with pytest.raises(NoCodeLeft):
            show(work, other, lambda: 1)
        return True

    assert run(task)


def test_phone_and_card_claim_only(run) -> None:
    def task(work):
        number = card_of(work).number
        return (
            identify(work, audience=TILL, phone="+39333"),
            identify(work, audience=TILL, card=number),
            identify(work, audience=TILL, phone="+39000"),
            identify(work, audience=TILL, phone="39333"),
            identify(work, audience=TILL, card="123"),
            identify(work, audience=TILL, card=codes.card_number(5)),
            identify(work, audience=TILL, phone="+39334"),
        )

    by_phone, by_card, *others = run(task)
    assert {(one.member.id, one.grade, one.proof) for one in (by_phone, by_card)} == {(101, "claimed", None)}
    assert others == ["unknown", "malformed", "malformed", "unknown", "unknown"]


def test_what_is_not_ours_or_over_is_told_apart(run) -> None:
    def task(work):
        qr = card_of(work).qr
        foreign = tokens.member_token(tokens.Keyring(b"1" * 32), 101, now=work.now)
        late = at(work, work.now + 6 * MINUTE)
        return [identify(work, audience=TILL, qr=text) for text in ("hello", foreign, qr[:-1])], identify(
            late, audience=TILL, qr=qr
        )

    assert run(task) == (["malformed"] * 3, "expired")


def test_codes_of_who_was_merged_lead_to_who_took_over_and_of_the_erased_to_nobody(run) -> None:
    def task(work):
        first, second = card_of(work), card_of(work, 102)
        merging.merge(work, 102, 101)
        followed = [
            identify(work, audience=TILL, **shown)
            for shown in ({"qr": first.qr}, {"code": first.digits}, {"card": first.number}, {"phone": "+39333"})
        ]
        work.transaction.run(_ERASE)
        return followed, identify(work, audience=TILL, qr=second.qr)

    followed, erased = run(task)
    assert [one.member.id for one in followed if isinstance(one, Identified)] == [102] * 4
    assert erased == "unknown"


def test_exactly_one_thing_is_shown(run) -> None:
    def task(work):
        for shown in ({}, {"qr": "a", "phone": "+1"}, {"qr": None}):
            with pytest.raises(NothingShown):
                identify(work, audience=TILL, **shown)
        return profiles.addresses(work.transaction, 101), proofs.newest(work.transaction, "till", 101)

    assert run(task) == ([], None)


def test_codes_are_forgotten_a_day_after_their_end(run) -> None:
    def task(work):
        card_of(work)
        end = work.now + 5 * MINUTE + DAY
        return [identifying.forget(at(work, now), 10) for now in (end - 1, end, end)]

    assert run(task) == [0, 1, 0]


@pytest.mark.asyncio
async def test_of_two_tills_that_scan_at_once_one_gets_a_proof(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(2)]
    card = await databases[0].write(lambda transaction: card_of(_shop(work_in(transaction))))
    scans = [
        databases[number % 2].write(lambda t, shown=shown: identify(work_in(t), audience=TILL, **shown))
        for number in range(6)
        for shown in ({"qr": card.qr}, {"code": card.digits})
    ]
    found = await asyncio.gather(*scans)
    for database in databases:
        await database.close()
    assert [isinstance(one, Identified) for one in found].count(True) == 2
    assert [one for one in found if isinstance(one, str)] == ["used"] * 10
