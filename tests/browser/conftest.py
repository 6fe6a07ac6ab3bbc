"""Fixtures of the browser tests: one app and one browser a process; members, staff and their browsers new a test."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.agent import Agent, open_agent
from tests.browser.chromium import open_browser
from tests.browser.house import House, open_house

Hire = Callable[..., Awaitable[Agent]]
_SECONDS = 90


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """A page that never answers fails its test; it does not hold up the suite."""

    def over(*_: object) -> None:
        raise TimeoutError(f"a browser test took more than {_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, over)
    signal.alarm(_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def the_house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("browser"), sqlite_template) as house:
        yield house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(the_house: House) -> AsyncIterator[Browser]:
    async with open_browser() as found:
        yield found


@pytest_asyncio.fixture(loop_scope="session")
async def house(the_house: House) -> AsyncIterator[House]:
    """The house with nobody waiting in it."""
    the_house.begin()
    yield the_house
    await the_house.quiet()
    await the_house.clear()


@pytest_asyncio.fixture(loop_scope="session")
async def hire(house: House, browser: Browser) -> AsyncIterator[Hire]:
    """Somebody new at the desk with a browser of their own: `await hire("Nora", role="agent")`.

    At the end none of them may have seen an error, a failed request or another host.
    """
    agents: list[Agent] = []

    async def new(
        name: str = "Nora", role: str = "agent", *, staff: dict[str, Any] | None = None, **looks: Any
    ) -> Agent:
        row = await house.hires(name, role, **(staff or {}))
        agents.append(await open_agent(browser, house, row, **looks))
        return agents[-1]

    yield new
    house.listeners.clear()
    for agent in agents:
        await agent.context.close()
    for agent in agents:
        agent.is_fine()
