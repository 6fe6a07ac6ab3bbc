"""The world that scenarios are played in: the demo programme, laid over where a scene says so, and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from bot.flows.model import Option
from bot.handlers import World
from bot.message import Code, Day, Money, Name, Points
from bot.texts import Texts
from loyalty.wording import said
from tests.builders import settings, world


def laid_over(model: BaseModel, patch: Mapping[str, Any]) -> BaseModel:
    """The model with these fields; what is a mapping is laid over in turn, all else is read as the file's."""
    changed: dict[str, Any] = {}
    for name, value in patch.items():
        before = getattr(model, name)
        if isinstance(before, BaseModel) and isinstance(value, Mapping):
            changed[name] = laid_over(before, value)
        elif isinstance(before, tuple) and isinstance(value, Mapping):
            changed[name] = tuple(
                laid_over(one, value[str(place)]) if str(place) in value else one for place, one in enumerate(before)
            )
        else:
            annotation: Any = type(model).model_fields[name].annotation
            changed[name] = TypeAdapter(annotation).validate_python(value)
    return model.model_copy(update=changed)


def world_of(texts: Texts, market: str, *, bare: bool, patch: Mapping[str, Any]) -> World:
    """The demo's world with these texts."""
    found = replace(world(), texts=texts)
    if bare:
        found = replace(found, settings=settings(telegram_name=None, whatsapp_sender=None, sms_sender=None))
    if patch:
        programme = found.programme
        rules = laid_over(programme.market(market), patch)
        found = replace(found, programme=programme.model_copy(update={"markets": {**programme.markets, market: rules}}))
    return found


def spoken(found: World, manner: Mapping[str, str]) -> World:
    """The world whose markets all speak in this manner."""
    if not manner:
        return found
    return replace(found, markets={code: one.model_copy(update=manner) for code, one in found.markets.items()})


def wordings(value: object) -> Iterator[Mapping[str, str]]:
    """Every text of the programme that is there in several languages."""
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields if name != "templates"}
    if isinstance(value, Mapping):
        if value and all(isinstance(one, str) for one in value.values()) and ("en" in value or "und" in value):
            yield value
        else:
            for one in value.values():
                yield from wordings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from wordings(one)


@lru_cache
def programme_words() -> Mapping[str, Mapping[str, str]]:
    """English -> the words in every language."""
    return {words.get("en", next(iter(words.values()))): words for words in wordings(world().programme)}


def in_locale(english: str, texts: Texts, voice: str) -> str:
    """What a member reads on a button: the programme's words, else a label's translation."""
    words = programme_words().get(english)
    return texts.label(voice, english) if words is None else said(words, voice.partition("@")[0])


def _money(written: str) -> Money:
    amount, currency = written.split()
    return Money(int(amount.replace(".", "")), currency)


def typed(value: Any, texts: Texts, voice: str) -> Any:
    """A value of a scenario file as flows know it."""
    if isinstance(value, str):
        return value
    ((kind, written),) = value.items()
    if kind == "options":
        return tuple(Option(texts.label(voice, label), flow) for label, flow in written.items())
    if kind == "day":
        year, month, day = map(int, written.split("-"))
        return Day(month, day, year)
    if kind == "titled":
        return Name(in_locale(written, texts, voice))
    makers: dict[str, Callable[[str], Any]] = {
        "points": lambda one: Points(int(one)),
        "number": int,
        "code": Code,
        "name": Name,
        "money": _money,
    }
    return makers[kind](written)
