"""Odd values: what may stand where the schema has something else, and texts no sane person types."""

import random
from collections.abc import Callable
from typing import Any

SAID = (
    "ciao",
    "saldo",
    "how many points do I have?",
    "¿cuántos puntos tengo?",
    "quantos pontos tenho?",
    "كم عدد نقاطي؟",
    "join",
    "iscrivimi",
    "yes",
    "1",
    "٢",
    "no",
    "STOP",
    "stop",
    "annulla",
    "START",
    "help",
    "lingua",
    "compleanno",
    "12/05/1990",
    "31 febbraio",
    "29/02/1900",
    "invita",
    "menu",
    "back",
    "/balance",
    "/",
    "/start",
    "perché?",
    "operatore",
    "Добрий день, як справи?",
    "これは何ですか",
    "👍👍🏽👩‍👩‍👧‍👦",
    " \t\n ",
    "\u200b\u200f\u202e",
    "̷̢̛" * 40,
    "<b>x</b> &amp; {points} %s %(points)d {0.__class__}",
    "'; DROP TABLE member; --",
    "ABCD-2345",
    "www.example.com",
    "+39 333 1234567",
    "999999999999999999999999999999",
    "-1",
    "½²³",
    "a" * 5000,
)
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    1e300,
    float("nan"),
    float("inf"),
    2**31,
    2**53 + 1,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**60,
    "",
    " ",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff\ud800",
    "null",
    "true",
    "1",
    "٣",
    "private",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"": None},
    {"id": None},
    {"id": "1"},
    {"text": {}},
    "x" * 3000,
)


def words(chance: random.Random) -> str:
    """Something people say, now and then wrapped in oddities."""
    said = chance.choice(SAID)
    return said if chance.random() < 0.8 else chance.choice(("\0", "\ufeff", "\u2067", " ")) + said + "\ud83d"


def noise(chance: random.Random, length: int | None = None) -> str:
    """Any code points at all, surrogates included."""
    ranges = ((0, 0x7F), (0x80, 0x2FFF), (0x3000, 0xFFFF), (0x10000, 0x10FFFF), (0xD7F0, 0xE010))
    low, high = chance.choice(ranges)
    return "".join(chr(chance.randint(low, high)) for _ in range(chance.randrange(60) if length is None else length))


def lone_surrogates(chance: random.Random) -> str:
    """Halves of pairs among other characters, some of them the wrong way round."""
    return "".join(
        chance.choice(("\ud83d", "\ude00", "a", "\0", "é", "\ud800")) for _ in range(chance.randrange(1, 30))
    )


def nested(levels: int) -> Any:
    """Lists and objects in one another."""
    inner: Any = "x"
    for level in range(levels):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


VALUES: tuple[Callable[[random.Random, int], Any], ...] = (
    lambda chance, _: words(chance),
    lambda chance, _: noise(chance),
    lambda chance, _: lone_surrogates(chance),
    lambda chance, _: nested(chance.choice((3, 30, 90))),
    lambda chance, _: chance.uniform(-1e6, 1e6),
    lambda chance, _: chance.randint(-(2**70), 2**70),
    lambda chance, number: {"id": number, "type": "private", "first_name": words(chance)},
    lambda chance, _: list(range(chance.randrange(300))),
)
