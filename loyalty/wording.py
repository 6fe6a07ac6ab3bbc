"""Words of the programme's file in several languages: names of rewards, tiers and cards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field, StringConstraints

LocaleCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Za-z0-9]+)*(@[a-z]+)?$")]
_EVERYWHERE = "und"
"""The language of words that are the same in every language (BCP 47: undetermined)."""


def _mapping(value: object) -> object:
    return {_EVERYWHERE: value} if isinstance(value, str) else value


_Said = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
_Each = Annotated[dict[LocaleCode, _Said], Field(min_length=1)]
Words = Annotated[_Each, BeforeValidator(_mapping, json_schema_input_type=_Said | _Each)]
"""Locale -> words; a plain text in the file is the same everywhere."""


def said(words: Mapping[str, str], locale: str) -> str:
    """The words in this locale, else its language's, else those for everywhere, else English, else the first."""
    for known in (_nearest(words, locale), _EVERYWHERE, "en"):
        if known in words:
            return words[known]
    return next(iter(words.values()))


def speaks(words: Mapping[str, str], locale: str) -> bool:
    """Somebody who reads this locale is told in it, or in words that are the same everywhere."""
    return _EVERYWHERE in words or _nearest(words, locale) in words


def _nearest(words: Mapping[str, str], locale: str) -> str:
    """The locale itself, or what is left of it when its last parts are cut until there are words."""
    while locale not in words and (cut := max(locale.rfind("_"), locale.rfind("@"))) > 0:
        locale = locale[:cut]
    return locale
