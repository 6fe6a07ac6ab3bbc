"""`bentornato staff`: added with a link that is shown once, listed, disabled, given a new link."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from bot.__main__ import build


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENTORNATO_DATABASE", sqlite_url)
    monkeypatch.setenv("BENTORNATO_LOCALES", "en")
    monkeypatch.setenv("BENTORNATO_PUBLIC_URL", "https://shop.test")


def staff(*words: str) -> Result:
    with capture_logs():  # the program's own log goes elsewhere: here it would stand among what is answered
        return CliRunner().invoke(build("staff"), ["staff", *words])


def test_from_the_first_to_disabled() -> None:
    assert staff("list").output == "no staff\n"
    made = staff("add", "Ada@shop.test", "--name", "Ada", "--role", "admin", "--locale", "it")
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("https://shop.test/desk/set-up/")
    more = staff("add", "bo@shop.test", "--name", "Bo", "--market", "IT", "--market", "BR")
    assert more.exit_code == 0, more.output
    assert staff("list").output == (
        "ada@shop.test  Ada  admin  all markets  it  invited\nbo@shop.test  Bo  agent  BR, IT  en  invited\n"
    )
    again = staff("link", "BO@shop.test")
    assert again.exit_code == 0 and again.stdout != more.stdout
    assert staff("disable", "bo@shop.test").output == "bo@shop.test is disabled\n"
    assert "disabled" in staff("list").output.splitlines()[1]
    assert (staff("link", "bo@shop.test").exit_code, staff("link", "bo@shop.test").stderr) == (
        1,
        "They are disabled.\n",
    )


@pytest.mark.parametrize(
    ("words", "told", "code"),
    [
        (("add", "a@b.test", "--name", "A", "--role", "king"), "there is no role king", 2),
        (("add", "a@b.test", "--name", "A", "--market", "XX"), "no market XX", 2),
        (("add", "a@b.test", "--name", "A", "--locale", "tlh"), "the desk speaks", 2),
        (("add", "nobody", "--name", "A"), "That is no e-mail address.", 1),
        (("add", "a@b.test", "--name", " "), "A name is a line", 1),
        (("disable", "a@b.test"), "nobody with the address", 1),
        (("link", "a@b.test"), "nobody with the address", 1),
    ],
)
def test_what_cannot_be_done(words: tuple[str, ...], told: str, code: int) -> None:
    done = staff(*words)
    assert done.exit_code == code
    assert told in " ".join(done.output.replace("│", " ").split())


def test_an_address_is_of_one_person_and_the_last_administrator_stays() -> None:
    staff("add", "ada@shop.test", "--name", "Ada", "--role", "admin")
    twice = staff("add", "ADA@shop.test", "--name", "Ada")
    assert (twice.exit_code, twice.output) == (1, "Somebody has this e-mail address already.\n")
    last = staff("disable", "ada@shop.test")
    assert (last.exit_code, last.output) == (1, "There must be another administrator first.\n")
