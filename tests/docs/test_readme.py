"""README.md: the till's example works as it stands, its files are there, its commands exist."""

import re
import shlex
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from bot.__main__ import build
from storage.database import Database
from tests.bot.api.shop import Shop
from tests.docs.test_api_page import run

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Shop]:
    database = Database(sqlite_url)
    opened = Shop(database)
    yield opened
    await opened.browser.aclose()
    await database.close()


def example() -> list[str]:
    found = re.search(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1].replace("\\\n", " ").splitlines()


@pytest.mark.asyncio
async def test_the_tills_example_books_a_purchase(shop: Shop) -> None:
    _, made, asked = example()
    words = shlex.split(made.removeprefix("KEY=$(").removesuffix(")"))
    scopes = [word for option, word in pairwise(words) if option == "--scope"]
    till = await shop.till(*scopes, market=words[words.index("--market") + 1])
    answer = await run(till, shlex.split(asked)[1:], {})
    assert (answer.status_code, answer.json()["result"]) == (200, "guest")


def test_every_linked_file_is_there() -> None:
    linked = re.findall(r"\]\(([^)]+)\)", PAGE)
    assert len(linked) >= 10
    assert [one for one in linked if not (ROOT / one).is_file()] == []


@pytest.mark.parametrize("command", sorted(set(re.findall(r"\bbentornato ([a-z]+)\b", PAGE))))
def test_every_command_exists(command: str) -> None:
    group = build(command)
    assert command in {one.name for one in (*group.registered_commands, *group.registered_groups)}
