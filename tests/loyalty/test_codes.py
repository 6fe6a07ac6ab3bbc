"""Referral and coupon codes, card numbers, six digits: made from bits, checked, and read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import codes

bits = st.integers(0, 2**codes.BITS - 1)
entropy = st.binary(min_size=16, max_size=32)


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


@given(entropy)
def test_a_coupon_code_reads_as_itself(random: bytes) -> None:
    code = codes.coupon_code(random)
    assert len(code) == codes.COUPON_LENGTH
    assert not set("01OIL") & set(code)
    assert codes.coupon_code(random) == code
    for written in (code, code.lower(), codes.grouped(code), f" {codes.grouped(code).replace('-', ' ')}\u200f"):
        assert codes.read_coupon(written) == code


@given(st.lists(st.binary(min_size=16, max_size=16), min_size=2, max_size=2, unique=True))
def test_different_bytes_give_different_codes(drawn: list[bytes]) -> None:
    assert codes.coupon_code(drawn[0]) != codes.coupon_code(drawn[1])


def test_the_most_that_16_bytes_say_fits_a_coupon_code() -> None:
    assert len(codes.COUPON_ALPHABET) ** codes.COUPON_BODY > 2**128
    with pytest.raises(ValueError, match="16"):
        codes.coupon_code(bytes(15))


@given(entropy, st.integers(0, codes.COUPON_BODY), st.sampled_from(codes.COUPON_ALPHABET))
def test_one_wrong_character_of_a_coupon_is_found(random: bytes, place: int, wrong: str) -> None:
    code = codes.coupon_code(random)
    changed = code[:place] + wrong + code[place + 1 :]
    assert codes.read_coupon(changed) == (code if changed == code else None)


@given(entropy, st.integers(0, codes.COUPON_BODY), st.integers(0, codes.COUPON_BODY))
def test_any_two_swapped_characters_of_a_coupon_are_found(random: bytes, one: int, other: int) -> None:
    code = codes.coupon_code(random)
    swapped = list(code)
    swapped[one], swapped[other] = code[other], code[one]
    assert codes.read_coupon("".join(swapped)) == (code if code[one] == code[other] else None)


def test_grouped() -> None:
    assert codes.grouped("ABCDEFGHJ") == "ABCD-EFGH-J"
    assert codes.grouped("ABCD") == "ABCD"


@pytest.mark.parametrize(("held", "number"), [(0, "2900000000001"), (1234567890, "2912345678906")])
def test_card_number(held: int, number: str) -> None:
    assert codes.card_number(held) == number


@given(st.integers(0, 10**10 - 1), st.integers(0, 12), st.sampled_from("0123456789"))
def test_one_wrong_digit_of_a_card_is_found(held: int, place: int, wrong: str) -> None:
    number = codes.card_number(held)
    assert codes.is_card(number)
    assert codes.read_card(f"{number[:4]} {number[4:9]}-{number[9:]}") == number
    changed = number[:place] + wrong + number[place + 1 :]
    assert codes.is_card(changed) == (changed == number)


@pytest.mark.parametrize(
    "text", ["", "290000000001", "29000000000011", "4006381333931", "29000000000O1", "+290000000001"]
)
def test_what_is_no_card(text: str) -> None:
    assert codes.read_card(text) is None


def test_digits_of_any_script() -> None:
    assert codes.read_card("٢٩١٢٣٤٥٦٧٨٩٠٦") == "2912345678906"
    assert not codes.is_card("٢٩١٢٣٤٥٦٧٨٩٠٦")
    assert codes.read_six("१२३ ४५६") == codes.read_six("１２３-４５６") == codes.read_six(" 123456\n") == "123456"


@pytest.mark.parametrize("held", [-1, 10**10])
def test_a_card_holds_ten_digits(held: int) -> None:
    with pytest.raises(ValueError, match="ten digits"):
        codes.card_number(held)


@given(st.integers(0, 2**160))
def test_six_digits(random: int) -> None:
    found = codes.six_digits(random)
    assert codes.read_six(found) == found
    assert int(found) == random % 1_000_000


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "½23456", "12345.6.7"])
def test_what_are_no_six_digits(text: str) -> None:
    assert codes.read_six(text) is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert codes.read_coupon(text) is None
    assert codes.read_card(text) is None
    assert (found := codes.read_six(text)) is None or found.isascii()
