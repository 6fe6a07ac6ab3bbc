"""Codes of reserved rewards: read back however they are written, and wrong ones are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.codes import COUPON_ALPHABET
from loyalty.pickup_codes import LENGTH, pickup_code, read_pickup

entropy = st.binary(min_size=16, max_size=32)


@given(entropy)
def test_a_code_is_read_back_in_any_writing(raw: bytes) -> None:
    code = pickup_code(raw)
    assert len(code) == LENGTH and code == pickup_code(raw)
    assert read_pickup(code) == read_pickup(f" {code[:4].lower()}-{code[4:]} ") == code


@given(entropy, st.integers(0, LENGTH - 1), st.sampled_from(COUPON_ALPHABET))
def test_every_single_wrong_character_is_found(raw: bytes, place: int, other: str) -> None:
    code = pickup_code(raw)
    wrong = code[:place] + other + code[place + 1 :]
    assert (read_pickup(wrong) is None) == (wrong != code)


@given(entropy, st.integers(0, LENGTH - 1), st.integers(0, LENGTH - 1))
def test_every_swap_of_two_is_found(raw: bytes, one: int, two: int) -> None:
    code = pickup_code(raw)
    swapped = list(code)
    swapped[one], swapped[two] = swapped[two], swapped[one]
    wrong = "".join(swapped)
    assert (read_pickup(wrong) is None) == (wrong != code)


@pytest.mark.parametrize("text", ["", "0000", "0OIL11111", "AAAAAAAAAA", "not a code"])
def test_other_words_are_no_codes(text: str) -> None:
    assert read_pickup(text) is None


def test_too_few_random_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="16"):
        pickup_code(b"short")
