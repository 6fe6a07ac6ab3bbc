"""Signing in and out: cookies, limits, where one is sent afterwards."""

import asyncio
import re

import pytest

from bot.desk._sign_in import safe_next, tidy_email
from storage.database import Database
from tests.bot.desk.office import PASSWORD, Office
from tests.builders import HOUR, MINUTE

EMAIL = "anna@desk.test"


def cookies_of(answer: object) -> dict[str, str]:
    """Name -> the whole header."""
    return {one.partition("=")[0]: one for one in answer.headers.get_list("set-cookie")}


@pytest.mark.asyncio
async def test_who_has_the_password_comes_in(office: Office) -> None:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    browser = office.browser()
    answer = await browser.signs_in(" Anna@Desk.test ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/")
    assert (await browser.get("/me")).status_code == 200
    assert await office.done() == ["staff_added", "signed_in"]


@pytest.mark.asyncio
async def test_the_cookie_is_the_browsers_alone(office: Office) -> None:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    set_ = cookies_of(await office.browser().signs_in(EMAIL))["__Host-bentornato"]
    value, *flags = [part.strip() for part in set_.partition("=")[2].split(";")]
    assert {flag.lower() for flag in flags} == {"secure", "httponly", "samesite=lax", "path=/"}
    assert len(value) >= 43
    [(kept,)] = await office.rows("select hash from staff_session")
    assert re.fullmatch("[0-9a-f]{64}", kept) and kept != value


@pytest.mark.asyncio
async def test_without_https_the_cookie_has_another_name(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    office = Office(database, public_url="http://127.0.0.1:8080")
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    browser = office.browser()
    answer = await browser.signs_in(EMAIL)
    flags = cookies_of(answer)["bentornato_desk"].lower()
    assert "httponly" in flags and "samesite=lax" in flags and "secure" not in flags
    assert (await browser.get("/me")).status_code == 200
    assert "strict-transport-security" not in answer.headers
    await office.close()
    await database.close()


@pytest.mark.asyncio
async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(office: Office) -> None:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    one = await office.browser().signs_in(EMAIL, "not the password")
    other = await office.browser().signs_in("b" + EMAIL[1:], "not the password")
    assert one.status_code == other.status_code == 401

    def plain(text: str) -> str:
        return re.sub(r'(name="csrf-token" content|name="csrf" value|value)="[^"]*"', "", text)

    assert plain(one.text) == plain(other.text)
    assert "__Host-bentornato" not in cookies_of(one)


@pytest.mark.asyncio
async def test_who_has_no_password_yet_or_is_disabled_stays_out(office: Office) -> None:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    await office.database.write(lambda t: t.run(_disabled(), at=1))
    assert (await office.browser().signs_in(EMAIL)).status_code == 401
    invited = await office.hires("agent", email="carla@desk.test")
    await office.database.write(lambda t: t.run(_without_password(), id=invited.id))
    assert (await office.browser().signs_in("carla@desk.test", "nobody's password")).status_code == 401


def _disabled() -> object:
    from tests.builders import query

    return query("update staff set disabled_at = :at")


def _without_password() -> object:
    from tests.builders import query

    return query("update staff set password = null where id = :id")


@pytest.mark.asyncio
async def test_five_tries_then_even_the_right_one_waits(office: Office) -> None:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    await office.hires("agent", password=PASSWORD, email="bruno@desk.test")
    for number in range(5):
        answer = await office.browser("192.0.2.9").signs_in(EMAIL, f"wrong number {number}")
        assert answer.status_code == 401
    office.clock.later(MINUTE)
    waits = await office.browser("192.0.2.9").signs_in(EMAIL)
    assert (waits.status_code, waits.headers["retry-after"]) == (429, str(14 * 60))
    assert "14" in waits.text
    assert (await office.browser("192.0.2.9").signs_in("bruno@desk.test")).status_code == 303
    assert (await office.browser("192.0.2.10").signs_in(EMAIL)).status_code == 303
    office.clock.later(14 * MINUTE)
    assert (await office.browser().signs_in(EMAIL)).status_code == 303


@pytest.mark.asyncio
async def test_an_unknown_address_waits_as_a_known_one_does(office: Office) -> None:
    answers = [(await office.browser().signs_in("nobody@desk.test", "x" * 12)).status_code for _ in range(6)]
    assert answers == [401] * 5 + [429]


@pytest.mark.asyncio
async def test_many_tries_at_once_get_no_further(office: Office) -> None:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    browsers = [office.browser() for _ in range(9)]
    answers = await asyncio.gather(*[one.signs_in(EMAIL, f"a wrong one {n}") for n, one in enumerate(browsers)])
    assert sorted(one.status_code for one in answers) == [401] * 5 + [429] * 4


@pytest.mark.asyncio
async def test_one_place_may_fail_thirty_times(office: Office) -> None:
    for number in range(30):
        await office.database.write(lambda t, n=number: _try(office, f"p{n}@desk.test").begin(t, office.clock()))
    waits = await office.database.write(lambda t: _try(office, "other@desk.test").begin(t, office.clock()))
    assert waits == 900
    elsewhere = await office.database.write(
        lambda t: _try(office, "other@desk.test", "198.51.100.1").begin(t, office.clock())
    )
    assert elsewhere == 0


def _try(office: Office, email: str, client: str = "192.0.2.7") -> object:
    from bot.desk._tries import Tries

    return Tries.of(office.context.world.keyring, email, client)


@pytest.mark.asyncio
async def test_success_clears_what_was_counted(office: Office) -> None:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    for _ in range(2):
        for _ in range(4):
            assert (await office.browser().signs_in(EMAIL, "wrong, wrong, wrong")).status_code == 401
        assert (await office.browser().signs_in(EMAIL)).status_code == 303
    kept = await office.rows("select key, failures from sign_in_guard")
    assert [failures for _, failures in kept] == [8, 8]
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key, _ in kept)


@pytest.mark.asyncio
async def test_a_cookie_brought_along_is_never_accepted_nor_kept(office: Office) -> None:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    browser = office.browser()
    planted = "planted" * 7
    browser.client.cookies.set("__Host-bentornato", planted, domain="desk.test", path="/")
    assert (await browser.get("/me")).status_code == 303
    answer = await browser.signs_in(EMAIL)
    fresh = cookies_of(answer)["__Host-bentornato"].partition("=")[2].partition(";")[0]
    assert fresh != planted
    thief = office.browser()
    thief.client.cookies.set("__Host-bentornato", planted)
    assert (await thief.get("/me")).status_code == 303


@pytest.mark.asyncio
async def test_signing_in_again_ends_the_sign_in_before(office: Office) -> None:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    browser = office.browser()
    await browser.signs_in(EMAIL)
    old = browser.client.cookies["__Host-bentornato"]
    token = await browser.page("/me") and browser.csrf
    answer = await browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD}, csrf=token)
    assert answer.status_code == 303
    assert browser.client.cookies["__Host-bentornato"] != old
    other = office.browser()
    other.client.cookies.set("__Host-bentornato", old)
    assert (await other.get("/me")).status_code == 303
    assert await office.rows("select count(*) from staff_session") == [(1,)]


@pytest.mark.asyncio
async def test_signing_out_ends_it_on_the_server(office: Office) -> None:
    browser = await office.somebody()
    cookie = browser.client.cookies["__Host-bentornato"]
    answer = await browser.post("/sign-out")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in")
    browser.client.cookies.set("__Host-bentornato", cookie)
    assert (await browser.get("/me")).status_code == 303
    assert await office.done() == ["staff_added", "signed_out"]


@pytest.mark.asyncio
async def test_after_signing_in_one_is_where_one_wanted_to_be(office: Office) -> None:
    await office.hires("admin", password=PASSWORD, email=EMAIL)
    browser = office.browser()
    turned_away = await browser.get("/audit?member=7&before=9")
    assert turned_away.headers["location"] == "/desk/sign-in?next=%2Fdesk%2Faudit%3Fmember%3D7%26before%3D9"
    shown = await browser.client.get(turned_away.headers["location"])
    assert 'name="next" value="/desk/audit?member=7&amp;before=9"' in shown.text
    answer = await browser.signs_in(EMAIL, next="/desk/audit?member=7&before=9")
    assert answer.headers["location"] == "/desk/audit?member=7&before=9"


@pytest.mark.asyncio
async def test_nobody_is_sent_to_another_site(office: Office) -> None:
    await office.hires("marketer", password=PASSWORD, email=EMAIL)
    answer = await office.browser().signs_in(EMAIL, next="https://evil.test/")
    assert answer.headers["location"] == "/desk/figures"


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.test/",
        "//evil.test/",
        "/desk",
        "/deskevil",
        "/try",
        "",
        "desk/audit",
        "/desk//evil.test",
        "/desk/\\evil.test",
        "/\\evil.test",
        "/desk/..//evil.test",
        "/desk/../try",
        "/desk/%2e%2e/try",
        "/desk/%252e%252e/try",
        "/desk/%2f%2fevil.test",
        "/desk/%252f%252fevil.test",
        "/desk/%5cevil.test",
        "/desk/%255cevil.test",
        "/desk/?next=//evil.test",
        "/desk/\r\nset-cookie: a=b",
        "/desk/%0d%0aset-cookie:a=b",
        "/desk/\tx",
        "/desk/ x",
        "/desk/é",
        " /desk/audit",
        "javascript:/desk/",
        "/desk/" + "a" * 500,
        "/desk/%2525252525252f",
    ],
)
def test_what_is_no_place_of_the_desk(path: str) -> None:
    assert safe_next(path) is None


@pytest.mark.parametrize(
    "path", ["/desk/", "/desk/audit?member=7&before=9", "/desk/members/12#e3", "/desk/search?q=a%26b"]
)
def test_what_is_one(path: str) -> None:
    assert safe_next(path) == path


def test_addresses_are_kept_in_small_letters() -> None:
    assert tidy_email("  Anna@Desk.TEST \n") == "anna@desk.test"


@pytest.mark.asyncio
async def test_a_sign_in_ends_when_it_is_idle_and_after_half_a_day(office: Office) -> None:
    row = await office.hires()
    idle, busy = await office.seats(row), await office.seats(row)
    for _ in range(12 * 3 - 1):
        office.clock.later(20 * MINUTE)
        assert (await busy.get("/me")).status_code == 200
    assert (await idle.get("/me")).status_code == 303
    office.clock.later(20 * MINUTE - 1)
    assert (await busy.get("/me")).status_code == 200
    office.clock.later(1)
    assert (await busy.get("/me")).status_code == 303


@pytest.mark.asyncio
async def test_thirty_minutes_without_a_page_are_the_end(office: Office) -> None:
    browser = await office.somebody()
    office.clock.later(HOUR // 2 - 1)
    assert (await browser.get("/me")).status_code == 200
    office.clock.later(HOUR // 2)
    assert (await browser.get("/me")).status_code == 303
