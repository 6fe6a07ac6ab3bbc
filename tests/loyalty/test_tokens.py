"""Tokens: only ours, only unchanged, only in time, only for what they were made."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty import codes, tokens
from loyalty.tokens import Keyring

KEYS = Keyring(b"a secret of more than 16 bytes")
OTHERS = Keyring(b"another secret of enough bytes")
SECOND = 1_000_000
NOW = 1_780_000_000 * SECOND + 999_999


def test_a_secret_is_long_and_not_shown() -> None:
    assert "secret of" not in repr(KEYS)
    assert len({KEYS.key("a"), KEYS.key("b"), OTHERS.key("a")}) == 3
    with pytest.raises(ValueError, match="16 bytes"):
        Keyring(b"short")
    with pytest.raises(ValueError, match="16 bytes"):
        replace(KEYS, secret=b"")


def test_hashed() -> None:
    found = tokens.hashed(KEYS, "coupon", "ABC")
    assert re.fullmatch("[0-9a-f]{64}", found)
    others = {
        tokens.hashed(KEYS, "six", "ABC"),
        tokens.hashed(KEYS, "coupon", "ABD"),
        tokens.hashed(OTHERS, "coupon", "ABC"),
    }
    assert found == tokens.hashed(KEYS, "coupon", "ABC")
    assert found not in others
    assert len(others) == 3


@given(st.integers(0, 2**63 - 1), st.integers(1, 300))
def test_a_qr_says_who_until_it_is_over(member_id: int, life: int) -> None:
    text = tokens.member_token(KEYS, member_id, now=NOW, life=life)
    assert re.fullmatch(r"b1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{22}", text)
    assert len(text) < 64
    found = tokens.read_member_token(KEYS, text, NOW)
    assert found is not None
    assert found.member_id == member_id
    assert found.expires_at == (NOW // SECOND + life) * SECOND
    assert tokens.read_member_token(KEYS, text, found.expires_at - 1) == found
    assert tokens.read_member_token(KEYS, text, found.expires_at) is None
    assert tokens.read_member_token(OTHERS, text, NOW) is None


def test_two_qrs_of_one_second_differ() -> None:
    first, second = (tokens.member_token(KEYS, 1, now=NOW) for _ in range(2))
    read = [tokens.read_member_token(KEYS, text, NOW) for text in (first, second)]
    assert first != second
    assert len({one.nonce for one in read if one}) == 2


@pytest.mark.parametrize("life", [0, -1, 301])
def test_no_qr_lives_longer_than_five_minutes(life: int) -> None:
    with pytest.raises(ValueError, match="300"):
        tokens.member_token(KEYS, 1, now=NOW, life=life)


def test_a_qr_from_the_future_is_none_of_ours() -> None:
    text = tokens.member_token(KEYS, 1, now=NOW + 10 * SECOND)
    assert tokens.read_member_token(KEYS, text, NOW) is None


@given(st.data())
def test_one_changed_character_and_it_is_worth_nothing(data: st.DataObject) -> None:
    qr = tokens.member_token(KEYS, 7, now=NOW)
    seen = tokens.proof(KEYS, 7, "till:1", NOW + SECOND)
    text = data.draw(st.sampled_from([qr, seen]))
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("ABCabc019-_.=é ").filter(lambda one: one != text[place]))
    changed = text[:place] + other + text[place + 1 :]
    assert tokens.read_member_token(KEYS, changed, NOW) is None
    assert tokens.read_proof(KEYS, changed, "till:1", NOW) is None
    assert tokens.read_member_token(KEYS, text + "=", NOW) is None


@given(st.text())
@pytest.mark.parametrize("start", ["", "b1.", "p1.", "b1.AAAA."])
def test_any_text_is_answered(start: str, text: str) -> None:
    assert tokens.read_member_token(KEYS, start + text, NOW) is None
    assert tokens.read_proof(KEYS, start + text, "till:1", NOW) is None


def test_a_proof_is_for_one_audience_and_a_while() -> None:
    text = tokens.proof(KEYS, 42, "till:1", NOW + 5)
    assert tokens.read_proof(KEYS, text, "till:1", NOW + 4) == 42
    assert tokens.read_proof(KEYS, text, "till:1", NOW + 5) is None
    assert tokens.read_proof(KEYS, text, "till:2", NOW) is None
    assert tokens.read_proof(OTHERS, text, "till:1", NOW) is None
    assert tokens.read_proof(KEYS, tokens.member_token(KEYS, 42, now=NOW), "till:1", NOW) is None
    assert tokens.read_member_token(KEYS, text, NOW) is None


def test_a_coupons_code_comes_from_its_id() -> None:
    code = codes.coupon_code(tokens.coupon_entropy(KEYS, 5))
    assert code == codes.coupon_code(tokens.coupon_entropy(KEYS, 5))
    assert codes.read_coupon(codes.grouped(code)) == code
    assert code != codes.coupon_code(tokens.coupon_entropy(KEYS, 6))
    assert code != codes.coupon_code(tokens.coupon_entropy(OTHERS, 5))
