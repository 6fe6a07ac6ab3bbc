"""Referral codes: made from bits, checked, and read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import codes

bits = st.integers(0, 2**codes.BITS - 1)


@given(bits)
def test_a_new_code_is_valid_and_the_same_bits_give_the_same_code(random: int) -> None:
    code = codes.new_code(random)
    assert len(code) == codes.LENGTH
    assert codes.is_valid(code)
    assert codes.new_code(random) == code
    assert codes.check_character(code[: codes.BODY]) == code[-1]


@given(bits)
def test_it_never_looks_like_a_word_or_a_phone_number(random: int) -> None:
    body = codes.new_code(random)[: codes.BODY]
    assert any(one in "23456789" for one in body)
    assert any(one.isalpha() for one in body)
    assert not set("ILOU") & set(body)


@given(bits, st.integers(0, codes.BODY), st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_found(random: int, place: int, wrong: str) -> None:
    code = codes.new_code(random)
    changed = code[:place] + wrong + code[place + 1 :]
    assert codes.is_valid(changed) == (changed == code)


@given(bits, st.integers(0, codes.BODY - 1))
def test_two_swapped_neighbours_are_found(random: int, place: int) -> None:
    code = codes.new_code(random)
    one, other = code[place], code[place + 1]
    swapped = code[:place] + other + one + code[place + 2 :]
    if one != other and {one, other} != {"0", "Z"}:
        assert not codes.is_valid(swapped)


def test_people_write_it_their_way() -> None:
    code = codes.new_code(123456789012)
    assert code == "MG6J9ZJ30"
    for written in ("mg6j9zj30", "MG6J-9ZJ-30", " mg6j 9zj 3o ", "\u2066MG6J9ZJ30\u2069", "ＭＧ6J9ZJ30", "MG6J–9ZJ3O"):
        assert codes.normalise(written) == code


@pytest.mark.parametrize(
    "text", ["", "MG6J9ZJ3", "MG6J9ZJ300", "MG6J9ZJ3U", "SOMETHING", "333123456", "ж" * 9, "\x00" * 9]
)
def test_what_is_no_code(text: str) -> None:
    assert not codes.is_valid(codes.normalise(text))


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    codes.is_valid(codes.normalise(text))
