"""One-time codes to another address: three tries, ten minutes, three an hour, and nobody learns whose a phone is."""

import asyncio
from itertools import count

import pytest

from loyalty import linking, merging, purchasing
from loyalty.linking import Linked
from loyalty.orders import Order
from loyalty.recycled import SILENCE
from loyalty.work import Work
from storage import members, profiles, proofs
from storage.database import Database
from storage.members import MemberRow
from tests.builders import DAY, HOUR, MINUTE
from tests.loyalty.till import give, held, person, work_in

PHONE = "+39333"


@pytest.fixture
def run(database_url: str):
    async def run_it(task):
        database = Database(database_url)

        def work(transaction):
            work = work_in(transaction)
            person(transaction, 101, ("whatsapp", PHONE), phone=PHONE)
            person(transaction, 102, ("telegram", "501"))
            return task(work)

        try:
            return await database.write(work)
        finally:
            await database.close()

    return lambda task: asyncio.run(run_it(task))


def asker(work: Work, member_id: int = 102) -> MemberRow:
    found = members.get(work.transaction, member_id)
    assert found is not None
    return found


def after(work: Work, microseconds: int) -> Work:
    return Work(work.transaction, work.programme, work.keyring, work.now + microseconds, news=work.news)


def digits(work: Work) -> str:
    return str(work.news[-1].values["code"].value)  # type: ignore[union-attr]


def test_the_code_goes_to_the_phones_member_and_makes_one_of_two(run) -> None:
    def task(work):
        give(work, 101, 40)
        asked = linking.ask(work, asker(work), PHONE)
        (news,) = work.news
        linked = linking.answer(work, asker(work), f" {digits(work)} ")
        again = linking.answer(work, asker(work), digits(work))
        return asked, (news.flow, news.member_id, news.expires_at - work.now), linked, again, held(work, 102)

    asked, news, linked, again, points = run(task)
    assert (asked, news) == (True, ("link_code", 101, 10 * MINUTE))
    assert (linked, again, points) == (Linked(102), "over", {"points": 40})


def test_nobody_hears_of_an_unknown_phone_or_of_ones_own_and_the_answers_are_the_same(run) -> None:
    def task(work):
        profiles.save(work.transaction, 102, profiles.get(work.transaction, 102)._replace(phone="+39555"))
        heard = []
        for phone in ("+39000", "+39555"):
            heard.append([linking.ask(work, asker(work), phone)])
            heard[-1] += [linking.answer(work, asker(work), "000000") for _ in range(4)]
        return heard, work.news

    assert run(task) == ([[True, "wrong", "wrong", "over", "over"]] * 2, [])


def test_after_three_wrong_codes_the_right_one_is_worth_nothing(run) -> None:
    def task(work):
        linking.ask(work, asker(work), PHONE, lambda: 7)
        wrong = [linking.answer(work, asker(work), text) for text in ("000000", "000001", "000002")]
        return wrong, linking.answer(work, asker(work), digits(work)), members.get(work.transaction, 102).merged_into

    assert run(task) == (["wrong", "wrong", "over"], "over", None)


def test_a_code_lives_for_ten_minutes_and_dies_with_the_next_one(run) -> None:
    def task(work):
        draws = count(1)
        linking.ask(work, asker(work), PHONE, draws.__next__)
        first = digits(work)
        linking.ask(work, asker(work), PHONE, draws.__next__)
        second = digits(work)
        late = after(work, 10 * MINUTE)
        old = linking.answer(work, asker(work), first)
        return (first, second), old, linking.answer(late, asker(work), second)

    assert run(task) == (("000001", "000002"), "wrong", "over")


def test_what_is_not_six_digits_is_not_a_try(run) -> None:
    def task(work):
        linking.ask(work, asker(work), PHONE)
        return [linking.answer(work, asker(work), text) for text in ("hello", "1", "saldo", "", digits(work))]

    assert run(task) == ["wrong"] * 4 + [Linked(102)]


def test_three_codes_an_hour_by_member_and_by_phone(run) -> None:
    def task(work):
        for number in (103, 104):
            person(work.transaction, number, ("telegram", str(number)))
        mine = [linking.ask(work, asker(work), PHONE) for _ in range(4)]
        another = linking.ask(work, asker(work, 103), PHONE)
        elsewhere = linking.ask(work, asker(work, 104), "+39000")
        return mine, another, elsewhere, linking.ask(after(work, HOUR), asker(work, 103), PHONE), len(work.news)

    assert run(task) == ([True, True, True, False], False, True, True, 4)


def test_no_hour_has_four_codes_wherever_it_begins(run) -> None:
    def task(work):
        times = [50 * MINUTE, 55 * MINUTE, 59 * MINUTE, 61 * MINUTE, 109 * MINUTE, 110 * MINUTE, 111 * MINUTE]
        return [linking.ask(after(work, at), asker(work), PHONE) for at in times]

    assert run(task) == [True, True, True, False, False, True, False]


def test_a_phone_gets_six_codes_a_day_whoever_asks(run) -> None:
    def task(work):
        for number in range(103, 111):
            person(work.transaction, number, ("telegram", str(number)))
        asked = [linking.ask(after(work, number * HOUR), asker(work, 103 + number), PHONE) for number in range(8)]
        return asked, linking.ask(after(work, DAY), asker(work, 110), PHONE)

    assert run(task) == ([True] * 6 + [False] * 2, True)


def test_a_code_stands_when_no_other_may_be_sent(run) -> None:
    def task(work):
        asked = [linking.ask(work, asker(work), PHONE) for _ in range(4)]
        return asked, linking.answer(work, asker(work), digits(work))

    assert run(task) == ([True, True, True, False], Linked(102))


def test_a_code_of_one_member_is_of_no_use_to_another(run) -> None:
    def task(work):
        person(work.transaction, 103, ("telegram", "103"))
        linking.ask(work, asker(work), PHONE)
        linking.ask(work, asker(work, 103), PHONE, lambda: 7)
        stolen = str(work.news[0].values["code"].value)
        return linking.answer(work, asker(work, 103), stolen), linking.answer(work, asker(work), "000007")

    assert run(task) == ("wrong", "wrong")


@pytest.mark.parametrize(
    ("where", "reached"), [(("sms", "+39777"), 1), (("telegram", "777"), 0), (("simulator", "777"), 0)]
)
def test_the_code_needs_a_phone_to_go_to(run, where: tuple[str, str], reached: int) -> None:
    def task(work):
        person(work.transaction, 103, where, phone="+39777")
        return linking.ask(work, asker(work), "+39777"), len(work.news)

    assert run(task) == (True, reached)


def test_a_test_member_is_never_joined_with_a_real_one(run) -> None:
    def task(work):
        person(work.transaction, 103, ("simulator", "s"))
        linking.ask(work, asker(work, 103), PHONE)
        return work.news, linking.join(work, 103, 101)

    assert run(task) == ([], Linked(103, "simulator"))


def test_what_speaks_against_a_merge_speaks_here_too(run) -> None:
    def task(work):
        merging.separate(work, 101, 102)
        linking.ask(work, asker(work), PHONE)
        found = linking.answer(work, asker(work), digits(work))
        return found, linking.join(work, 102, 102), linking.join(work, 102, 999)

    assert run(task) == (Linked(102, "separate"), Linked(102), Linked(102, "unknown"))


def test_a_newcomers_address_goes_to_the_member(run) -> None:
    def task(work):
        person(work.transaction, 103, ("telegram", "103"), joined_at=None, marketing=0)
        linking.ask(work, asker(work, 103), PHONE)
        linked = linking.answer(work, asker(work, 103), digits(work))
        kept = members.get(work.transaction, 101)
        return linked, kept.marketing, len(profiles.addresses(work.transaction, 101))

    assert run(task) == (Linked(101), 1, 2)


def test_after_a_long_silence_another_name_gets_no_code(run) -> None:
    def task(work):
        late = after(work, SILENCE + HOUR)
        asked = [linking.ask(late, asker(late), PHONE, shown=name) for name in ("Zoe", "profile")]
        return asked, [news.member_id for news in late.news]

    assert run(task) == ([True, True], [101])


def test_no_phone_and_no_digits_are_kept(run) -> None:
    def task(work):
        linking.ask(work, asker(work), PHONE)
        row = proofs.newest(work.transaction, "link", 102)
        return PHONE in row.data, digits(work) in row.hash

    assert run(task)[0] is False


def test_orders_that_the_phone_made_as_a_guest_are_the_kept_members(run) -> None:
    def task(work):
        person(work.transaction, 103, ("sms", "+39777"), phone="+39777", joined_at=None, marketing=0)
        order = Order("G1", "EUR", 10_000, work.now)
        purchasing.record(work, None, order, market="IT", phone="+39777")
        before = held(work, 102)
        linked = linking.join(work, 102, 103)
        return before, linked, held(work, 102)["points"]

    assert run(task) == ({}, Linked(102), 100)
