"""Codes that people read, type and scan: referral codes, coupon codes, card numbers and six digits.

A referral code is eight characters of Crockford's base32 and a check character of the same alphabet (Luhn mod 32). It
always holds a letter and a digit from 2 to 9, so that no ordinary word and no phone number passes for one.

A coupon code is 26 characters of an alphabet without 0 O 1 I L and a check character. The alphabet has 31 characters,
a prime, so the check is a sum with weights mod 31 that are all different: it finds every single wrong character and
every swap of two. (Luhn needs an even number of characters: mod 31 it would take some of them for others.)

A card number is an EAN-13 with the prefix 29, which is left to shops for their own use.
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
COUPON_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
COUPON_BODY = 26
"""Characters: 31 to this power is just over 2 to the 128th."""
COUPON_LENGTH = COUPON_BODY + 1
COUPON_BYTES = 16
"""The least entropy of a coupon code."""
CARD_PREFIX = "29"
CARD_LENGTH = 13
_COUPON_VALUES = {character: value for value, character in enumerate(COUPON_ALPHABET)}
_COUPON_SIZE = len(COUPON_ALPHABET)
_COUPON_WEIGHTS = tuple(pow(3, place, _COUPON_SIZE) for place in range(1, COUPON_LENGTH))
"""Powers of 3 mod 31: none is 1, the weight of the check character, and no two are the same."""
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
    return _plain(code).translate(_LOOKALIKES)


def is_valid(code: str) -> bool:
    """Whether this is a code in our writing (see `normalise`) whose check character is right."""
    if len(code) != LENGTH or not _VALUES.keys() >= set(code):
        return False
    body = code[:BODY]
    return _is_mixed(body) and check_character(body) == code[BODY]


def _is_mixed(body: str) -> bool:
    return any(one in _LETTERS for one in body) and any(one in _DIGITS for one in body)


def coupon_code(entropy: bytes) -> str:
    """The coupon code made of random bytes; the same bytes always give the same code. Fewer than 16 raise ValueError.

    Different 16 bytes give different codes.
    """
    if len(entropy) < COUPON_BYTES:
        raise ValueError(f"a coupon code needs {COUPON_BYTES} random bytes")
    rest, body = int.from_bytes(entropy), ""
    for _ in range(COUPON_BODY):
        rest, value = divmod(rest, _COUPON_SIZE)
        body += COUPON_ALPHABET[value]
    return body + _coupon_check(body)


def grouped(code: str) -> str:
    """A code in groups of four, to be read and typed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read_coupon(text: str) -> str | None:
    """The coupon code somebody wrote, as we write it; None if it is not one or its check character is wrong."""
    code = _plain(text)
    if len(code) != COUPON_LENGTH or not _COUPON_VALUES.keys() >= set(code):
        return None
    return code if _coupon_check(code[:COUPON_BODY]) == code[COUPON_BODY] else None


def card_number(ten_digits: int) -> str:
    """The card number that holds this number of at most ten digits; any other raises ValueError."""
    if not 0 <= ten_digits < 10**10:
        raise ValueError("a card number holds ten digits")
    body = f"{CARD_PREFIX}{ten_digits:010}"
    return body + _ean_check(body)


def is_card(text: str) -> bool:
    """Whether this is a card number in our writing (see `read_card`) whose check digit is right."""
    if len(text) != CARD_LENGTH or not (text.isascii() and text.isdigit() and text.startswith(CARD_PREFIX)):
        return False
    return _ean_check(text[:-1]) == text[-1]


def read_card(text: str) -> str | None:
    """The card number somebody wrote or scanned, in the digits of any script; None if it is not one."""
    number = _ascii_digits(text)
    return number if is_card(number) else None


def six_digits(randbits: int) -> str:
    """Six digits of a large random number; of 128 bits or more every code is as likely as any other."""
    return f"{randbits % 10**6:06}"


def read_six(text: str) -> str | None:
    """The six digits somebody wrote, in the digits of any script, with or without spaces; None if they are not six."""
    digits = _ascii_digits(text)
    return digits if len(digits) == 6 and digits.isascii() and digits.isdigit() else None


def _plain(text: str) -> str:
    shown = "".join(one for one in unicodedata.normalize("NFKC", text) if unicodedata.category(one) != "Cf")
    return _SEPARATORS.sub("", shown).upper()


def _ascii_digits(text: str) -> str:
    return "".join(str(unicodedata.decimal(one, one)) for one in _plain(text))


def _coupon_check(body: str) -> str:
    total = sum(_COUPON_VALUES[one] * weight for one, weight in zip(body, _COUPON_WEIGHTS, strict=True))
    return COUPON_ALPHABET[-total % _COUPON_SIZE]


def _ean_check(body: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return str(-total % 10)
