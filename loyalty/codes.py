"""Referral codes: eight characters of Crockford's base32 and a check character of the same alphabet (Luhn mod 32).

A code always holds a letter and a digit from 2 to 9, so that no ordinary word and no phone number passes for one.
"""

import re
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BODY = 8
LENGTH = BODY + 1
BITS = 5 * BODY
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_LETTERS = ALPHABET[10:]
_DIGITS = ALPHABET[2:10]
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_SEPARATORS = re.compile(r"[\s\-‐‑–—_.]+")


def new_code(randbits: int) -> str:
    """The code made of 40 random bits; the same bits always give the same code."""
    values = [(randbits >> (5 * place)) & 31 for place in range(BODY)]
    body = "".join(ALPHABET[value] for value in values)
    if not _is_mixed(body):
        body = _LETTERS[values[0] % len(_LETTERS)] + body[1:-1] + _DIGITS[values[-1] % len(_DIGITS)]
    return body + check_character(body)


def check_character(body: str) -> str:
    """The Luhn mod 32 character of a body: it finds every single wrong character and nearly every swap of two."""
    total = 0
    for place, character in enumerate(reversed(body)):
        value = _VALUES[character] * (1 if place % 2 else 2)
        total += value // len(ALPHABET) + value % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]


def normalise(code: str) -> str:
    """The code as we write it: capitals, no spaces or hyphens, O read as 0, I and L as 1."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", code) if unicodedata.category(one) != "Cf")
    return _SEPARATORS.sub("", plain).upper().translate(_LOOKALIKES)


def is_valid(code: str) -> bool:
    """Whether this is a code in our writing (see `normalise`) whose check character is right."""
    if len(code) != LENGTH or not _VALUES.keys() >= set(code):
        return False
    body = code[:BODY]
    return _is_mixed(body) and check_character(body) == code[BODY]


def _is_mixed(body: str) -> bool:
    return any(one in _LETTERS for one in body) and any(one in _DIGITS for one in body)
