"""Passwords are kept as argon2, and comparing takes as long whether somebody is known or not."""

import pytest

from bot.desk import _passwords
from bot.desk._passwords import Passwords, objection


@pytest.mark.asyncio
async def test_what_is_kept_is_argon2_and_never_the_same() -> None:
    passwords = Passwords()
    one, other = await passwords.hash("correct horse battery"), await passwords.hash("correct horse battery")
    assert one.startswith("$argon2id$") and one != other
    assert await passwords.is_right("correct horse battery", one) is True
    assert await passwords.is_right("correct horse batterY", one) is False


@pytest.mark.asyncio
async def test_a_password_is_the_same_however_it_is_typed() -> None:
    kept = await Passwords().hash("perché no, caffè?")
    assert await Passwords().is_right("perche\u0301 no, caffe\u0300?", kept) is True


@pytest.mark.asyncio
async def test_nobody_costs_a_comparison_too_and_is_never_right(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    hasher = _passwords._hasher()

    class Counting:
        def verify(self, password: str, kept: str) -> bool:
            compared.append(kept)
            return hasher.verify(password, kept)

        def hash(self, password: str) -> str:
            return hasher.hash(password)

    monkeypatch.setattr(_passwords, "_hasher", Counting)
    assert await Passwords().is_right("nobody's password", None) is False
    assert [kept[:10] for kept in compared] == ["$argon2id$"]
    assert await Passwords().is_right("x", "no hash at all") is False


@pytest.mark.asyncio
async def test_a_very_long_one_is_never_right() -> None:
    kept = await Passwords().hash("x" * 200)
    assert await Passwords().is_right("x" * 200, kept) is True
    assert await Passwords().is_right("x" * 201, kept) is False


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("eleven char", _passwords.TOO_SHORT),
        ("twelve chars", None),
        ("x" * 201, _passwords.TOO_LONG),
        ("Anna@Shop.Test", _passwords.GUESSABLE),
        (" anna della rocca ", _passwords.GUESSABLE),
        ("annamariarossi", _passwords.GUESSABLE),
    ],
)
def test_what_cannot_be_one(password: str, found: str | None) -> None:
    email = "annamariarossi@shop.test" if password.startswith("annam") else "anna@shop.test"
    assert objection(password, email=email, name="Anna della Rocca") == found
