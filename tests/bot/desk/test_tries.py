"""How often a sign-in may fail, counted by place, by e-mail address and by both."""

import pytest

from bot.desk._tries import MOST_FOR_ADDRESS, MOST_FOR_BOTH, Tries, network_of
from tests.bot.desk.office import Office

EMAIL = "anna@desk.test"


async def tried(office: Office, email: str, client: str) -> int:
    tries = Tries.of(office.context.world.keyring, email, client)
    return await office.database.write(lambda t: tries.begin(t, office.clock()))


@pytest.mark.parametrize(
    ("client", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::FFFF:c000:207", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("staff 7", "staff 7"),
    ],
)
def test_places(client: str, place: str) -> None:
    assert network_of(client) == place


@pytest.mark.asyncio
async def test_wrong_tries_elsewhere_do_not_lock_the_owner_out(office: Office) -> None:
    waits = [await tried(office, EMAIL, "198.51.100.1") for _ in range(200)]
    assert [bool(wait) for wait in waits] == [False] * MOST_FOR_BOTH + [True] * (200 - MOST_FOR_BOTH)
    assert await tried(office, EMAIL, "192.0.2.7") == 0


@pytest.mark.asyncio
async def test_from_everywhere_together_an_address_is_tried_fifty_times(office: Office) -> None:
    for number in range(MOST_FOR_ADDRESS):
        assert await tried(office, EMAIL, f"198.51.100.{number}") == 0
    assert await tried(office, EMAIL, "192.0.2.7") == 900
    assert await tried(office, "bruno@desk.test", "192.0.2.7") == 0
