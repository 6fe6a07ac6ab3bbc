"""One-time links: the very first administrator's and those of invited people."""

import asyncio

import pytest

from bot.desk import first_link
from bot.desk._people import staff_link
from tests.bot.desk.office import ORIGIN, PASSWORD, Browser, Office
from tests.builders import DAY, MINUTE

BOTH = {"password": PASSWORD, "again": PASSWORD}
FIRST = {"name": "Ada", "email": "Ada@Desk.test", **BOTH}


async def link_of(office: Office) -> str | None:
    return await first_link(office.database, office.context.world.keyring, ORIGIN, office.clock())


async def path_to_first(office: Office) -> str:
    link = await link_of(office)
    assert link is not None and link.startswith(f"{ORIGIN}/desk/set-up/")
    return link.removeprefix(f"{ORIGIN}/desk")


async def invited(office: Office, **more: object) -> tuple[str, int]:
    row = await office.hires("agent", email="carla@desk.test", **more)
    token = await office.database.write(
        lambda t: staff_link(t, office.context.world.keyring, row, by=None, now=office.clock())
    )
    return f"/set-up/{token}", row.id


async def uses(browser: Browser, path: str, form: dict[str, str]) -> int:
    await browser.page(path)
    return (await browser.post(path, form)).status_code


@pytest.mark.asyncio
async def test_the_first_administrator_is_made_once(office: Office) -> None:
    path = await path_to_first(office)
    browser = office.browser()
    await browser.page(path)
    answer = await browser.post(path, FIRST)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in?welcome")
    assert "Your password is set" in (await browser.client.get(answer.headers["location"])).text
    assert await office.rows("select email, name, role, markets from staff") == [
        ("ada@desk.test", "Ada", "admin", "[]")
    ]
    assert (await browser.signs_in("ada@desk.test")).status_code == 303
    assert (await office.browser().get(path)).status_code == 404
    assert await link_of(office) is None
    assert await office.rows("select count(*) from staff_link") == [(0,)]


@pytest.mark.asyncio
async def test_of_two_at_once_one_becomes_the_administrator(office: Office) -> None:
    path = await path_to_first(office)
    browsers = [office.browser(), office.browser()]
    for one in browsers:
        await one.page(path)
    emails = ["one@desk.test", "two@desk.test"]
    answers = await asyncio.gather(
        *[one.post(path, {**FIRST, "email": email}) for one, email in zip(browsers, emails, strict=True)]
    )
    assert sorted(one.status_code for one in answers) == [303, 404]
    assert await office.rows("select count(*) from staff") == [(1,)]


@pytest.mark.asyncio
async def test_a_new_start_makes_a_new_link_and_the_old_one_dies(office: Office) -> None:
    old, new = await path_to_first(office), await path_to_first(office)
    assert (await office.browser().get(old)).status_code == 404
    assert (await office.browser().get(new)).status_code == 200


@pytest.mark.asyncio
async def test_a_link_is_good_for_a_day(office: Office) -> None:
    path = await path_to_first(office)
    office.clock.later(DAY - MINUTE)
    browser = office.browser()
    await browser.page(path)
    office.clock.later(MINUTE)
    assert (await browser.post(path, FIRST)).status_code == 404
    assert (await browser.get(path)).status_code == 404
    assert await office.rows("select count(*) from staff") == [(0,)]


@pytest.mark.asyncio
async def test_the_first_link_opens_nothing_once_there_is_staff(office: Office) -> None:
    path = await path_to_first(office)
    await office.hires("viewer")
    assert (await office.browser().get(path)).status_code == 404


@pytest.mark.asyncio
async def test_the_link_is_nowhere_to_be_read(office: Office) -> None:
    path = await path_to_first(office)
    token = path.rpartition("/")[2]
    [(kept,)] = await office.rows("select hash from staff_link")
    assert token not in kept and len(token) >= 43


@pytest.mark.asyncio
async def test_an_invited_person_chooses_a_password_and_is_signed_out_elsewhere(office: Office) -> None:
    path, staff_id = await invited(office)
    elsewhere = await office.seats((await office.somebody("agent")).staff._replace(id=staff_id))
    assert (await elsewhere.get("/me")).status_code == 200
    browser = office.browser()
    assert "carla@desk.test" in await browser.page(path)
    assert (await browser.post(path, {**BOTH, "email": "other@desk.test", "role": "admin"})).status_code == 303
    assert (await elsewhere.get("/me")).status_code == 303
    assert (await browser.post(path, BOTH)).status_code == 404
    assert (await browser.signs_in("carla@desk.test")).status_code == 303
    assert await office.rows(f"select email, role from staff where id = {staff_id}") == [("carla@desk.test", "agent")]


@pytest.mark.asyncio
async def test_a_new_link_ends_the_one_before(office: Office) -> None:
    path, staff_id = await invited(office)
    row = (await office.rows(f"select id from staff where id = {staff_id}"))[0]
    assert row
    from storage import staff

    person = await office.database.read(lambda t: staff.by_id(t, staff_id))
    await office.database.write(
        lambda t: staff_link(t, office.context.world.keyring, person, by=None, now=office.clock())
    )
    assert (await office.browser().get(path)).status_code == 404


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({**FIRST, "password": "short", "again": "short"}, "at least 12 characters"),
        ({**FIRST, "again": "another long password"}, "not the same"),
        ({**FIRST, "password": "ADA@desk.test", "again": "ADA@desk.test"}, "must not be your name"),
        (
            {**FIRST, "name": "Ada Ada Ada Ada", "password": "ada ada ada ada", "again": "ada ada ada ada"},
            "must not be",
        ),
        ({**FIRST, "password": "x" * 201, "again": "x" * 201}, "at most 200"),
        ({**FIRST, "email": "nobody"}, "no e-mail address"),
        ({**FIRST, "email": "<a>@desk.test"}, "no e-mail address"),
        ({**FIRST, "name": " "}, "A name is a line"),
        ({**FIRST, "name": "A\u202eB"}, "A name is a line"),
        ({}, "no e-mail address"),
    ],
)
@pytest.mark.asyncio
async def test_what_cannot_be_kept_leaves_the_link_as_it_is(office: Office, form: dict[str, str], told: str) -> None:
    path = await path_to_first(office)
    browser = office.browser()
    await browser.page(path)
    answer = await browser.post(path, form)
    assert answer.status_code == 400
    assert told in answer.text
    assert PASSWORD not in answer.text
    assert (await browser.get(path)).status_code == 200
    assert await office.rows("select count(*) from staff") == [(0,)]
