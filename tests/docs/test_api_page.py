"""docs/api.md: its commands work from the first to the last, its tables name every route, scope and problem."""

import json
import re
import shlex
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from bot.api import SCOPES
from bot.api._build import ROUTERS
from bot.api._problems import TITLES
from storage.database import Database
from tests.bot.api.shop import Shop, Till

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


@pytest_asyncio.fixture
async def shop(sqlite_url: str) -> AsyncIterator[Shop]:
    database = Database(sqlite_url)
    opened = Shop(database)
    yield opened
    await opened.browser.aclose()
    await database.close()


def commands() -> list[list[str]]:
    """The curl lines of the page, one after the other."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [shlex.split(line)[1:] for line in lines]


async def run(till: Till, words: list[str], places: dict[str, str]) -> httpx.Response:
    """What a curl line asks, with our own values in its places."""
    known = {"$API": "", "$KEY": till.key, **places}
    given = [re.sub(r"\$\w+|<\w+>", lambda found: known[found[0]], word) for word in words]
    url, rest = given[0], given[1:]
    headers = dict(one.split(": ", 1) for option, one in pairwise(rest) if option == "-H")
    body = next((one for option, one in pairwise(rest) if option == "--json"), None)
    if body is not None:
        return await till.browser.post(url, json=json.loads(body), headers=headers)
    return await till.browser.request("POST" if "-X" in rest else "GET", url, headers=headers)


@pytest.mark.asyncio
async def test_every_command_works(shop: Shop) -> None:
    till, anna = await shop.till(), await shop.member(3_000)
    places = {"<qr>": (await shop.shows(anna)).qr, "<member>": anna}
    done = []
    for words in commands():
        answer = await run(till, words, places)
        assert answer.status_code == 200, (words, answer.text)
        body = answer.json()
        kind = next((name for name in ("redemption", "payment") if f"/{name}s" in words[0]), None)
        places |= {"<proof>": body["proof"]} if "proof" in body else {}
        places |= {f"<{kind}>": body["id"]} if kind is not None else {}
        done.append(words[0])
    assert len(done) >= 11


def test_the_table_names_every_route_with_its_scope() -> None:
    said = set(re.findall(r"^\| `(POST|GET) (\S+)` \| `(\S+)` \|", PAGE, re.MULTILINE))
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    there = {(next(iter(route.methods)), route.path) for route in routes}
    assert {(method, path) for method, path, _ in said} == there
    assert {scope for _, _, scope in said} == set(SCOPES)
    made = re.search(r"^bentornato keys add.*?^```", PAGE, re.MULTILINE | re.DOTALL)
    assert made is not None
    assert set(re.findall(r"--scope (\S+)", made[0])) == set(SCOPES)


def test_the_table_names_every_problem() -> None:
    rows = dict(re.findall(r"^\| (\d{3}) \| (.*) \|$", PAGE, re.MULTILINE))
    said = {(int(status), kind) for status, names in rows.items() for kind in re.findall(r"`([a-z-]+)`", names)}
    assert said - {(422, "errors")} == {(status, kind) for kind, (status, _) in TITLES.items()}
