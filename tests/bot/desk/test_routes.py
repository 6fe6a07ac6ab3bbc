"""A route that nobody thought through does not get into the application."""

import pytest

from bot.desk import build_desk
from bot.desk._roles import Permission
from bot.desk._routes import OPEN, SIGNED_IN, DeskRoute, RoutesError, checked, discover
from tests.bot.desk.office import Office


async def nothing(call: object) -> object:
    raise AssertionError


@pytest.mark.parametrize(
    ("routes", "told"),
    [
        ([DeskRoute("GET", "/a", None, nothing)], "GET /a: no rule"),
        ([DeskRoute("GET", "/a", "conversations:read", nothing)], "GET /a: no rule"),
        ([DeskRoute("PUT", "/a", OPEN, nothing)], "PUT /a: a route is GET or POST"),
        ([DeskRoute("GET", "a", OPEN, nothing)], "begins with /"),
        ([DeskRoute("POST", "/a", SIGNED_IN, nothing, is_webhook=True)], "a provider is not signed in"),
        (
            [DeskRoute("GET", "/a/{x}", OPEN, nothing), DeskRoute("GET", "/a/{y:int}", OPEN, nothing)],
            "clashes with GET /a/{x}",
        ),
    ],
)
def test_what_is_refused(routes: list[DeskRoute], told: str, office: Office) -> None:
    with pytest.raises(RoutesError, match=told.replace("{", "\\{")):
        build_desk(office.context, routes)


def test_fixed_paths_come_before_those_that_vary() -> None:
    routes = [DeskRoute("GET", path, OPEN, nothing) for path in ("/a/{x}", "/a/b", "/")]
    assert [route.path for route in checked(routes)] == ["/", "/a/b", "/a/{x}"]


def test_every_module_with_routes_is_found(office: Office) -> None:
    found = {(route.method, route.path): route.rule for route in discover(office.context)}
    assert found["GET", "/staff"] is Permission.STAFF
    assert found["POST", "/sign-out"] is SIGNED_IN
    assert found["GET", "/sign-in"] is OPEN
