"""Typed answers in free text: a number, a phone, an e-mail address, a name, a referral code. None when it is not one.

Days have their own module, `days`.
"""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.numbers import get_group_symbol

from bot.understanding.days import UNSPACED, day
from bot.understanding.folding import native_digits
from loyalty import codes

__all__ = ["day", "email", "name", "number", "phone", "referral_code"]

_LONGEST = 500
_NUMBER = re.compile(rf"(?<![^\W{UNSPACED}])[+-]?\d+(?:[.,٬٫'’ ]\d+)*(?![^\W{UNSPACED}])")
"""Digits that are no part of a word; in scripts without spaces they stand right beside one (10ポイント)."""
_LATIN = r"a-z0-9_\u00aa\u00b5\u00ba\u00c0-\u024f"
EMAIL = re.compile(
    rf"(?<![{_LATIN}.+-])([{_LATIN}.+-]{{1,64}})@((?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.)+[a-z]{{2,24}})"
    rf"(?![{_LATIN}@-])",
    re.I,
)
"""An address of Latin letters: those of other scripts beside it belong to the sentence (我的邮箱是a@b.cn)."""
ABROAD = re.compile(r"(?<![\d+.,/-])(?<!\d )00(?=[ -]?[1-9])")
"""How an international number begins that is written without a plus."""
_LINK = re.compile(r"://|www\.|@|\b[\w-]+\.(?:com|net|org|info|io|me|ly|it|es|br|eg|sa|ae)\b", re.I)
_JOINERS = frozenset("\u200c\u200d")
_LONGEST_NAME = 60
_NO_CODE = re.compile(r"[^2-9\uff12-\uff19]*")
"""Every code has one of these digits: most messages are told from one at a glance."""
_PREFIX = re.compile(r"^(?:start=?|r|ref|[a-z]{2,12}(?=[-_:]))[-_:]+", re.I)
_MOST_WORDS = 12


def number(text: str, locale: str) -> int | None:
    """The one whole number in a text, in any script's digits, grouped as the locale does ("1.234" is 1234 in it)."""
    found = _NUMBER.findall(native_digits(text[:_LONGEST]).replace("−", "-"))
    if len(found) != 1:
        return None
    written = found[0]
    group = grouping(locale)
    if re.fullmatch(rf"[+-]?(?:\d{{1,3}}(?:{group}\d{{3}})+|\d{{1,2}}(?:{group}\d\d)+{group}\d{{3}})", written):
        written = re.sub(group, "", written)
    return int(written) if re.fullmatch(r"[+-]?\d{1,15}", written) else None


@lru_cache(maxsize=64)
def grouping(locale: str) -> str:
    """The character class of what stands between thousands in a locale."""
    return rf"[{re.escape(_group(locale))}٬'’ ]"


def _group(locale: str) -> str:
    try:
        return get_group_symbol(Locale.parse(locale.partition("@")[0], sep="_"), numbering_system="latn")
    except (UnknownLocaleError, ValueError):
        return ","


def phone(text: str, region: str | None) -> str | None:
    """The one valid phone number in a text as E.164; without a country code it is read as the region's."""
    plain = ABROAD.sub(" +", native_digits(text[:_LONGEST]).strip())
    matches = phonenumbers.PhoneNumberMatcher(plain, region)
    found = {phonenumbers.format_number(one.number, phonenumbers.PhoneNumberFormat.E164) for one in matches}
    return found.pop() if len(found) == 1 else None


def email(text: str) -> str | None:
    """The one e-mail address in a text, its domain in small letters."""
    shown = "".join(one for one in text[:_LONGEST] if unicodedata.category(one) != "Cf")
    plain = unicodedata.normalize("NFKC", shown)
    found = {f"{local}@{domain.lower()}" for local, domain in EMAIL.findall(plain) if _is_local(local)}
    return found.pop() if len(found) == 1 else None


def _is_local(local: str) -> bool:
    return not (local.startswith(".") or local.endswith(".") or ".." in local)


def name(text: str) -> str | None:
    """A name of 1 to 60 characters with a letter in it; no links, no line breaks, no control characters."""
    visible = "".join(one for one in text if unicodedata.category(one) != "Cf" or one in _JOINERS)
    found = re.sub(" +", " ", unicodedata.normalize("NFC", visible).strip())
    if not 1 <= len(found) <= _LONGEST_NAME or not any(map(str.isalpha, found)) or _LINK.search(found):
        return None
    return None if any(unicodedata.category(one) in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp") for one in found) else found


def referral_code(text: str) -> str | None:
    """The referral code a message is, alone or as the one code in a short prefilled text ("Join BENTO-XXXXXXXXX")."""
    if _NO_CODE.fullmatch(text):
        return None
    whole = _code(text[:_LONGEST])
    if whole is not None:
        return whole
    words = text[:_LONGEST].split()
    if len(words) > _MOST_WORDS:
        return None
    found = {code for word in words if (code := _code(word.strip(".,:;!?()[]\"'«»“”"))) is not None}
    return found.pop() if len(found) == 1 else None


def _code(written: str) -> str | None:
    stripped = written.strip()
    for candidate in (stripped, _PREFIX.sub("", re.sub(r"^start\s+", "", stripped, flags=re.I))):
        code = codes.normalise(candidate)
        if codes.is_valid(code):
            return code
    return None
