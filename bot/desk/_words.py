"""The desk's own words, in the gettext domain `desk`: its templates, and what they format, in the staff's language.

The source is English; `locales/<locale>/LC_MESSAGES/desk.po` makes another language. Placeholders are `%(name)s`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta, get_timezone
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.texts import exponent

SOURCE = "en"
FILE = Path("LC_MESSAGES") / "desk.po"
SHIPPED = Path(__file__).parents[2] / "locales"
TEMPLATES = Path(__file__).parent / "templates"
_SECOND = 1_000_000
_PLACEHOLDER = re.compile(r"%%|%\((\w+)\)[sd]")


def N_(text: str) -> str:  # noqa: N802 - the mark that extraction knows
    """Mark a text that is said later, with `Voice.say`."""
    return text


@dataclass(frozen=True, slots=True)
class Voice:
    """One language: its translations and the templates in it."""

    locale: str
    translations: NullTranslations
    templates: Environment

    @property
    def tag(self) -> str:
        """As HTML writes it: pt-BR."""
        return self.locale.replace("_", "-")

    @property
    def direction(self) -> str:
        """ltr or rtl."""
        return str(Locale.parse(self.locale).text_direction)

    def say(self, text: str, /, **values: Any) -> str:
        """The text in this language; `%(name)s` becomes the value."""
        return self.translations.gettext(text) % values

    def count(self, one: str, other: str, number: int, /, **values: Any) -> str:
        """The form for this number, which is `%(num)s` too."""
        return self.translations.ngettext(one, other, number) % {"num": number, **values}

    def fragment(self, template: str, **values: Any) -> str:
        """The HTML of a template."""
        return self.templates.get_template(template).render(values)


class Words:
    """Every language of the desk."""

    def __init__(self, voices: Mapping[str, Voice]) -> None:
        self._voices = voices

    @classmethod
    def load(cls, folders: Sequence[Path] = (), zone: str = "UTC") -> Words:
        """The languages of the shipped catalogues and of those laid over them; instants are shown in this zone."""
        files: dict[str, list[Path]] = {SOURCE: []}
        for folder in (SHIPPED, *folders):
            for file in sorted(folder.glob(f"*/{FILE.as_posix()}")):
                files.setdefault(file.parent.parent.name, []).append(file)
        return cls({locale: _voice(locale, found, get_timezone(zone)) for locale, found in files.items()})

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages a person can choose."""
        return tuple(sorted(self._voices))

    def voice(self, locale: str) -> Voice:
        """This language, else English."""
        return self._voices.get(locale) or self._voices[SOURCE]

    def names(self) -> dict[str, str]:
        """Locale -> what its speakers call it."""
        return {name: (Locale.parse(name).get_display_name(name) or name).capitalize() for name in self.locales}

    def wanted(self, accept_language: str) -> str:
        """The first language a browser asks for that there is."""
        for part in accept_language[:200].split(","):
            tag = part.partition(";")[0].strip().replace("-", "_")
            for name in (tag, tag.partition("_")[0]):
                if name in self._voices:
                    return name
        return SOURCE


def _voice(locale: str, files: Sequence[Path], zone: tzinfo) -> Voice:
    translations = _translations(locale, files)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(_filters(locale, zone))
    return Voice(locale, translations, environment)


def _translations(locale: str, files: Sequence[Path]) -> NullTranslations:
    """The catalogues laid over one another, the last one on top."""
    found: NullTranslations = NullTranslations()
    for file in files:
        written = BytesIO()
        write_mo(written, read_po(BytesIO(file.read_bytes()), locale=locale, abort_invalid=True))
        written.seek(0)
        upper = GNUTranslations(written)
        upper.add_fallback(found)
        found = upper
    return found


def _filters(locale: str, zone: tzinfo) -> dict[str, Any]:
    """What templates format, in this language. Instants are microseconds UTC."""

    def local(instant: int) -> datetime:
        return datetime.fromtimestamp(instant / _SECOND, UTC).astimezone(zone)

    def since(instant: int, now: int) -> str:
        passed = timedelta(seconds=(instant - now) // _SECOND)
        return format_timedelta(passed, add_direction=True, locale=locale)

    def money(minor: int, currency: str) -> str:
        return format_currency(Decimal(minor).scaleb(-exponent(currency)), currency, locale=locale)

    return {
        "when": lambda instant: format_datetime(local(instant), "medium", locale=locale),
        "day": lambda instant: format_date(local(instant).date(), "medium", locale=locale),
        "clock": lambda instant: format_time(local(instant).time(), "short", locale=locale),
        "iso": lambda instant: local(instant).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "ago": since,
        "lasting": lambda span: format_timedelta(timedelta(microseconds=span), locale=locale),
        "number": lambda value: format_decimal(value, locale=locale),
        "percent": lambda value: format_percent(value, locale=locale),
        "money": money,
        "lines": lambda text: Markup("<br>").join(str(text).split("\n")),
    }


def placeholders(text: str) -> frozenset[str]:
    """The names in a text; a percent sign that is neither one nor doubled raises ValueError."""
    if "%" in _PLACEHOLDER.sub("", text):
        raise ValueError(f"a broken placeholder in {text!r}")
    return frozenset(found[1] for found in _PLACEHOLDER.finditer(text) if found[1])
