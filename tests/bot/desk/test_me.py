"""What everybody settles for themselves."""

import pytest

from tests.bot.desk.office import PASSWORD, Office

EMAIL = "anna@desk.test"
NEW = "another long password"


async def signed_in(office: Office) -> tuple[object, object]:
    await office.hires("agent", password=PASSWORD, email=EMAIL)
    found = []
    for _ in range(2):
        browser = office.browser()
        await browser.signs_in(EMAIL)
        await browser.page("/me")
        found.append(browser)
    return found[0], found[1]


@pytest.mark.asyncio
async def test_a_new_password_ends_the_other_sign_ins(office: Office) -> None:
    here, elsewhere = await signed_in(office)
    form = {"present": PASSWORD, "password": NEW, "again": NEW}
    assert (await here.post("/me/password", form)).status_code == 303
    assert (await here.get("/me")).status_code == 200
    assert (await elsewhere.get("/me")).status_code == 303
    assert (await office.browser().signs_in(EMAIL)).status_code == 401
    assert (await office.browser().signs_in(EMAIL, NEW)).status_code == 303


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"present": "wrong", "password": NEW, "again": NEW}, "present password is wrong"),
        ({"present": PASSWORD, "password": "short", "again": "short"}, "at least 12"),
        ({"present": PASSWORD, "password": NEW, "again": NEW + "x"}, "not the same"),
        ({"present": PASSWORD, "password": EMAIL, "again": EMAIL}, "must not be your name"),
        ({}, "present password is wrong"),
    ],
)
async def test_what_is_no_new_password(office: Office, form: dict[str, str], told: str) -> None:
    here, elsewhere = await signed_in(office)
    answer = await here.post("/me/password", form)
    assert (answer.status_code, told in answer.text) == (400, True)
    assert (await here.post("/me/password", form, x_desk="fetch")).json().keys() == {"error"}
    assert (await elsewhere.get("/me")).status_code == 200


@pytest.mark.asyncio
async def test_a_stolen_sign_in_cannot_guess_the_password(office: Office) -> None:
    here, _ = await signed_in(office)
    form = {"present": "wrong", "password": NEW, "again": NEW}
    answers = [(await here.post("/me/password", form)).status_code for _ in range(6)]
    assert answers == [400] * 5 + [429]
    assert (await here.post("/me/password", {**form, "present": PASSWORD})).status_code == 429


@pytest.mark.asyncio
async def test_the_language_and_nothing_else(office: Office) -> None:
    browser = await office.somebody("supervisor", markets=("IT",), telegram_id=7)
    assert (await browser.post("/me", {"locale": "it", "telegram": "42", "role": "admin"})).status_code == 303
    text = await browser.page("/me")
    assert '<html lang="it" dir="ltr">' in text and "Salvato." in text
    row = await office.rows("select role, markets, locale, telegram_id from staff")
    assert row == [("supervisor", '["IT"]', "it", 7)]
    assert (await browser.post("/me", {"locale": "xx"})).status_code == 400


@pytest.mark.asyncio
async def test_nobody_claims_a_telegram_user_for_themselves(office: Office) -> None:
    browser = await office.somebody("agent")
    assert (await browser.post("/me", {"locale": "en", "telegram": "42"})).status_code == 303
    text = await browser.page("/me")
    assert "An administrator can set it" in text and 'name="telegram"' not in text
    assert await office.rows("select telegram_id from staff") == [(None,)]
