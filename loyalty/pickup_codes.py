"""Codes of reserved rewards, shown at the till: eight characters of the coupon alphabet and a check character.

Shorter than a coupon's: they live for days, and whoever fetches something must show who they are besides. The check is
the coupon's sum with weights mod 31, all different, so it finds every single wrong character and every swap of two.
"""

from loyalty.codes import COUPON_ALPHABET, normalise

BODY = 8
LENGTH = BODY + 1
_SIZE = len(COUPON_ALPHABET)
_VALUES = {character: value for value, character in enumerate(COUPON_ALPHABET)}
_WEIGHTS = tuple(pow(3, place, _SIZE) for place in range(1, LENGTH))


def pickup_code(entropy: bytes) -> str:
    """The code made of random bytes; the same bytes always give the same code. Fewer than 16 raise ValueError."""
    if len(entropy) < 16:
        raise ValueError("a pickup code needs 16 random bytes")
    rest, body = int.from_bytes(entropy), ""
    for _ in range(BODY):
        rest, value = divmod(rest, _SIZE)
        body += COUPON_ALPHABET[value]
    return body + _check(body)


def read_pickup(text: str) -> str | None:
    """The code somebody wrote, as we write it; None if it is not one or its check character is wrong."""
    code = normalise(text)
    if len(code) != LENGTH or not _VALUES.keys() >= set(code):
        return None
    return code if _check(code[:BODY]) == code[BODY] else None


def _check(body: str) -> str:
    total = sum(_VALUES[one] * weight for one, weight in zip(body, _WEIGHTS, strict=True))
    return COUPON_ALPHABET[-total % _SIZE]
