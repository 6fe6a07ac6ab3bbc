"""`bentornato keys`: made and shown once, listed without their secret, revoked for good."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import build
from bot.api._keys import caller_of, recognise
from bot.secret import keyring_for
from bot.settings import Settings
from storage.database import Database


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENTORNATO_DATABASE", sqlite_url)
    monkeypatch.setenv("BENTORNATO_LOCALES", "en")


def keys(*words: str) -> Result:
    return CliRunner().invoke(build("keys"), ["keys", *words])


async def recognised(key: str) -> object:
    settings = Settings()
    database = Database(settings.database)
    row = await database.read(lambda transaction: recognise(transaction, keyring_for(settings), key))
    await database.close()
    return caller_of(row) if row is not None else None


def test_a_key_is_shown_once_and_opens_what_it_says(sqlite_url: str) -> None:
    words = ("add", "till-7", "--scope", "members:read", "--scope", "stamps:write", "--market", "IT")
    made = keys(*words)
    assert made.exit_code == 0, made.output
    key = made.stdout.strip()
    caller = asyncio.run(recognised(key))
    assert (caller.name, caller.market) == ("till-7", "IT")
    assert caller.scopes == {"members:read", "stamps:write"}
    listed = keys("list")
    assert f"{caller.id}  till-7  IT  members:read stamps:write  made 20" in listed.output
    assert key.split("_", 2)[2] not in listed.output + Path(sqlite_url.removeprefix("sqlite:///")).read_text("latin-1")
    gone = keys("revoke", str(caller.id))
    assert (gone.exit_code, gone.output) == (0, f"key {caller.id} is revoked\n")
    assert asyncio.run(recognised(key)) is None
    assert ", revoked 20" in keys("list").output
    assert keys("revoke", str(caller.id)).exit_code == 1


def test_without_keys() -> None:
    assert keys("list").output == "no keys\n"
    unknown = keys("revoke", "7")
    assert (unknown.exit_code, unknown.output) == (1, "there is no open key 7\n")
    assert keys("revoke", str(2**64)).exit_code == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "till"), "say what it may do"),
        (("add", "till", "--scope", "members:all"), "there is no scope members:all"),
        (("add", "till", "--scope", "members:read", "--market", "ZZ"), "no market ZZ"),
        (("add", " ", "--scope", "members:read"), "a name is a line"),
        (("add", "a\nb", "--scope", "members:read"), "a name is a line"),
    ],
)
def test_what_cannot_be_made(words: tuple[str, ...], told: str) -> None:
    done = keys(*words)
    assert done.exit_code == 2
    assert told in " ".join(done.output.replace("│", " ").split())
