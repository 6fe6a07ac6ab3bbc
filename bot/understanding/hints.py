"""What is known of a member's language before a text says more: Telegram's language_code, the phone, the market."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from babel.languages import get_official_languages
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

_PROFILE_NAMES = {"nb": "no", "nn": "no", "fil": "tl", "iw": "he", "in": "id", "zh": "zh-cn"}
_TRADITIONAL = frozenset({"tw", "hk", "mo", "hant"})


@dataclass(frozen=True, slots=True)
class Hints:
    """Telegram's language_code, the E.164 phone number and the market (a country), as far as they are known."""

    locale: str | None = None
    phone: str | None = None
    market: str | None = None


def language_of(tag: str) -> str:
    """The name langdetect's profiles give to the language of a locale (`pt_BR` -> pt, `nb` -> no, `zh-HK` -> zh-tw)."""
    language, *rest = re.split(r"[-_@]", tag.lower())
    if language == "zh" and _TRADITIONAL & set(rest):
        return "zh-tw"
    return _PROFILE_NAMES.get(language, language)


@lru_cache(maxsize=2048)
def region_of(phone: str) -> str | None:
    """The country of an E.164 number; None for what is no number or belongs to no country."""
    if phone[:1] == "+" and phone[1:4].isdecimal():
        for digits in (1, 2, 3):
            regions = COUNTRY_CODE_TO_REGION_CODE.get(int(phone[1 : digits + 1]), ())
            if len(regions) == 1 and regions[0] != "001":
                return str(regions[0])
    try:
        number = phonenumbers.parse(phone if phone.startswith("+") else f"+{phone}")
    except phonenumbers.NumberParseException:
        return None
    region = phonenumbers.region_code_for_number(number)
    if region is None:
        region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return region if region not in (None, "ZZ", "001") else None


@lru_cache(maxsize=512)
def languages_of(region: str) -> tuple[str, ...]:
    """The official languages of a country, the most spoken first (CLDR)."""
    return tuple(get_official_languages(region.upper(), regional=False, de_facto=True))


def region_tags(hints: Hints) -> Iterator[tuple[str, ...]]:
    """What the phone's country and the market's country speak, as locale tags, the phone first."""
    for region in (region_of(hints.phone) if hints.phone else None, hints.market):
        if region:
            yield tuple(f"{language}_{region.upper()}" for language in languages_of(region))


def first_locale(hints: Hints, locales: Sequence[str], default: str) -> str:
    """The locale to greet in while no text has been written: Telegram > phone > market > default."""
    tags = [(hints.locale,)] if hints.locale else []
    for wanted in (*tags, *region_tags(hints)):
        for tag in wanted:
            found = nearest(tag, locales)
            if found is not None:
                return found
    return default


def nearest(tag: str, locales: Sequence[str]) -> str | None:
    """The active locale that serves a tag: the same one, else the bare language, else any region of the language."""
    plain = tag.replace("-", "_").lower()
    same = [one for one in locales if language_of(one) == language_of(tag)]
    ranked = sorted(same, key=lambda one: (one.lower() != plain, "_" in one, same.index(one)))
    return ranked[0] if ranked else None
