"""The composition root: what is broken fails the start, with the file or name that is."""

from pathlib import Path

import pytest

from bot.app import load_world, open_app
from bot.flows.library import LibraryError
from bot.settings import Settings
from storage.documents import DocumentError


def deployment(tmp_path: Path, flow: str) -> Settings:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "thanks.yaml").write_text(flow)
    return Settings(_env_file=None, folder=tmp_path, database=f"sqlite:///{tmp_path / 'x.db'}")


@pytest.mark.asyncio
async def test_a_flow_that_calls_an_unknown_handler_fails_the_start(tmp_path: Path) -> None:
    flow = "flow: thanks\nabout: x\nstart: a\nsteps:\n  a:\n    do: nothing.here\n    outcomes: {done: end}\n"
    with pytest.raises(LibraryError, match=r"nothing\.here"):
        async with open_app(deployment(tmp_path, flow)):
            pytest.fail("it started")


def test_a_broken_flow_file_fails_the_start_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"thanks\.yaml:3"):
        load_world(deployment(tmp_path, "flow: thanks\nabout: x\nstrat: a\nsteps: {}\n"))


def test_a_deployments_own_flow_replaces_the_shipped_one(tmp_path: Path) -> None:
    flow = 'flow: thanks\nabout: ours\nstart: a\nsteps:\n  a:\n    say: "Our pleasure!"\n'
    world = load_world(deployment(tmp_path, flow))
    found = world.library.get("thanks")
    assert found is not None
    assert found.definition.about == "ours"
    assert world.library.get("balance") is not None


@pytest.mark.asyncio
async def test_health_and_a_second_start_on_the_same_database(sqlite_url: str) -> None:
    settings = Settings(_env_file=None, database=sqlite_url)
    for _ in range(2):
        async with open_app(settings) as app:
            found = await app.health()
            assert found["ok"] and found["outbox"]["dead"] == 0
            assert set(app.channels) == {"simulator"}
