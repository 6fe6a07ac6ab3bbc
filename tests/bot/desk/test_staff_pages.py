"""Administrators look after the staff; what somebody was ends at once."""

import re

import pytest

from bot.desk._people import Unfit
from bot.desk._roles import ROLES
from bot.desk._staff_pages import ROLE_NAMES, telegram_of
from tests.bot.desk.office import PASSWORD, Office

NEW = {"email": "Carla@Desk.test", "name": "Carla", "role": "agent", "market": ["IT", "BR"], "locale": "it"}
EVIL = '"><script>alert(1)</script>'


def test_every_role_has_a_name() -> None:
    assert set(ROLE_NAMES) == set(ROLES)


@pytest.mark.asyncio
async def test_somebody_new_gets_a_link_that_is_shown_once(office: Office) -> None:
    admin = await office.somebody("admin")
    answer = await admin.post("/staff", NEW)
    assert answer.status_code == 200
    found = re.search(r'value="https://desk.test(/desk/set-up/[^"]+)"', answer.text)
    assert found is not None
    assert "/set-up/" not in await admin.page("/staff")
    path = found[1].removeprefix("/desk")
    guest = office.browser()
    await guest.page(path)
    assert (await guest.post(path, {"password": PASSWORD, "again": PASSWORD})).status_code == 303
    assert (await guest.signs_in("carla@desk.test")).headers["location"] == "/desk/"
    assert "Esci" in (await guest.get("/me")).text
    row = await office.rows("select name, role, markets, locale from staff where email = 'carla@desk.test'")
    assert row == [("Carla", "agent", '["BR","IT"]', "it")]
    assert await office.done() == ["staff_added"] * 2 + ["staff_linked", "password_changed", "signed_in"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"email": "nobody"}, "no e-mail address"),
        ({"email": "admin@desk.test"}, "has this e-mail address already"),
        ({"role": "king"}, "no such role"),
        ({"market": ["XX"]}, "no such market"),
        ({"locale": "tlh"}, "does not speak"),
        ({"telegram": "anna"}, "Telegram id is a number"),
        ({"telegram": "9" * 19}, "Telegram id is a number"),
        ({"telegram": "77"}, "has this Telegram id already"),
        ({"name": ""}, "A name is a line"),
        ({"name": "a" * 101}, "A name is a line"),
    ],
)
async def test_what_cannot_be_kept(office: Office, more: dict[str, object], told: str) -> None:
    admin = await office.somebody("admin", email="admin@desk.test", telegram_id=77)
    answer = await admin.post("/staff", {**NEW, **more})
    assert answer.status_code == 400
    assert told in answer.text
    assert (await admin.post("/staff", {**NEW, **more}, x_desk="fetch")).json()["error"]
    assert await office.rows("select count(*) from staff") == [(1,)]


@pytest.mark.asyncio
async def test_disabling_ends_every_sign_in_at_once(office: Office) -> None:
    admin, agent = await office.somebody("admin"), await office.somebody("agent")
    assert (await agent.get("/me")).status_code == 200
    answer = await admin.post(f"/staff/{agent.staff.id}/disable")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/staff")
    assert "Saved." in await admin.page("/staff")
    assert "Saved." not in await admin.page("/staff")
    assert (await agent.get("/me")).status_code == 303
    assert (await agent.post("/me", {"locale": "it"})).status_code == 303
    assert await office.rows("select count(*) from staff_session") == [(1,)]
    assert (await admin.post(f"/staff/{agent.staff.id}/link")).status_code == 400
    assert (await admin.post(f"/staff/{agent.staff.id}/enable")).status_code == 303
    assert (await agent.get("/me")).status_code == 303
    assert (await (await office.seats(agent.staff)).get("/me")).status_code == 200


@pytest.mark.asyncio
async def test_another_role_signs_out_and_counts_at_once(office: Office) -> None:
    admin, other = await office.somebody("admin"), await office.somebody("admin", name="Bea")
    assert (await other.get("/staff")).status_code == 200
    form = {"name": "Bea", "role": "viewer", "locale": "en"}
    assert (await admin.post(f"/staff/{other.staff.id}", form)).status_code == 303
    assert (await other.get("/staff")).status_code == 303
    again = await office.seats(other.staff)
    assert (await again.get("/staff")).status_code == 403


@pytest.mark.asyncio
async def test_other_markets_count_at_once_without_signing_out(office: Office) -> None:
    admin, agent = await office.somebody("admin"), await office.somebody("agent")
    assert "all markets" in await agent.page("/me")
    form = {"name": "Paola", "role": "agent", "locale": "en", "market": ["IT"], "telegram": "55"}
    await admin.post(f"/staff/{agent.staff.id}", form)
    text = await agent.page("/me")
    assert "all markets" not in text and "Telegram id is 55." in text


@pytest.mark.asyncio
@pytest.mark.parametrize("act", ["disable", "change"])
async def test_there_is_always_an_administrator(office: Office, act: str) -> None:
    admin = await office.somebody("admin")
    invited = await office.hires("admin")
    from tests.builders import query

    await office.database.write(
        lambda t: t.run(query("update staff set password = null where id = :id"), id=invited.id)
    )
    path = f"/staff/{admin.staff.id}" + ("/disable" if act == "disable" else "")
    form = {"name": "Paola", "role": "agent", "locale": "en"}
    answer = await admin.post(path, form)
    assert answer.status_code == 400
    assert "another administrator" in answer.text
    await office.hires("admin")
    assert (await admin.post(path, form)).status_code == 303
    assert (await admin.get("/staff")).status_code in (303, 403)


@pytest.mark.asyncio
async def test_an_administrator_of_markets_looks_after_colleagues_within_them(office: Office) -> None:
    admin = await office.somebody("admin", name="Ada", markets=("IT",))
    near = await office.hires(name="Nadia Near", markets=("IT",))
    outside = [await office.hires(name="Far One", markets=markets) for markets in ((), ("BR",), ("BR", "IT"))]
    text = await admin.page("/staff")
    assert "Nadia Near" in text and "Far One" not in text
    assert 'value="IT"' in text and 'value="BR"' not in text and "none: all" not in text
    before = await office.rows("select * from staff order by id")
    form = {"name": "Changed", "role": "agent", "locale": "en", "market": ["IT"]}
    for row in outside:
        for act in ("", "/disable", "/enable", "/link"):
            assert (await admin.post(f"/staff/{row.id}{act}", form)).status_code == 404
    assert admin.staff is not None
    for markets in ([], ["BR"], ["BR", "IT"]):
        for path in (f"/staff/{near.id}", f"/staff/{admin.staff.id}", "/staff"):
            more = {"email": "new@desk.test", "market": markets, "role": "admin"}
            answer = await admin.post(path, {**form, **more})
            assert (answer.status_code, "your own markets" in answer.text) == (400, True)
    assert await office.rows("select * from staff order by id") == before
    assert (await admin.post(f"/staff/{near.id}", form)).status_code == 303
    assert (await admin.post("/staff", {**form, "email": "new@desk.test"})).status_code == 200
    assert "Far One" in await (await office.somebody("admin")).page("/staff")


@pytest.mark.asyncio
async def test_who_is_not_there_is_not_found(office: Office) -> None:
    admin = await office.somebody("admin")
    for path in ("/staff/1", "/staff/x/disable", "/staff/99999999999999999999/link", "/staff/-1/enable"):
        form = {"name": "A", "role": "agent", "locale": "en"}
        assert (await admin.post(path, form)).status_code == 404


@pytest.mark.asyncio
async def test_names_are_text(office: Office) -> None:
    admin = await office.somebody("admin", name=EVIL)
    await admin.post("/staff", {**NEW, "name": EVIL, "email": "a'onload=@desk.test"})
    for path in ("/staff", "/me", "/audit"):
        assert "<script>alert" not in await admin.page(path)
    answer = await admin.post("/staff", {**NEW, "email": EVIL})
    assert (answer.status_code, "<script>alert" in answer.text) == (400, False)
    shown = await office.browser().client.get("/desk/sign-in", params={"next": f"/desk/{EVIL}", "email": EVIL})
    assert "<script>alert" not in shown.text


@pytest.mark.parametrize(("text", "found"), [("", None), (" 12 ", 12), ("9" * 18, int("9" * 18))])
def test_telegram_ids(text: str, found: int | None) -> None:
    assert telegram_of(text) == found


@pytest.mark.parametrize("text", ["-1", "x", "١٢", "9" * 20, "1e3"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(Unfit):
        telegram_of(text)
