"""Checks of the words: translations, labels, the providers' own words, and the room a channel leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from bot.flows._inspection import Catalogues, Finding, Level, Surroundings
from bot.flows._values import needed, used
from bot.flows.compiled import Flow, Node
from bot.flows.exchange import Offer, Saying
from bot.flows.model import Option, Options, Values
from bot.flows.turn import offers
from bot.limits import Limits
from bot.message import Name, Points, Value
from bot.texts import Message, placeholders

SAMPLE_NAME = Name("Cappuccino & croissant")
SAMPLE_COUNT = Points(12_345)
SAMPLE_OPTIONS: Options = tuple(Option(f"Free coffee no. {number}", str(number)) for number in range(1, 6))
SAMPLE_ID = "0123456789abcdef"


def texts_exist(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    """Every sentence is well formed, and translated with the same placeholders."""
    for step, message in _sentences(flow):
        try:
            placeholders(message.other), placeholders(message.one or "")
        except ValueError as error:
            yield Finding(flow.name, step, str(error))
            continue
        for locale in _locales(around):
            yield from _translation(flow, step, message, locale=locale, texts=around.texts)


def _translation(
    flow: Flow, step: str | None, message: Message, *, locale: str, texts: Catalogues | None
) -> Iterator[Finding]:
    forms = None if texts is None else texts.forms(locale, message)
    if not forms:
        yield Finding(flow.name, step, f"no {locale} translation of {message.other!r}")
        return
    wanted = used(message)
    found = frozenset(chain.from_iterable(_names(form) for form in forms))
    count = frozenset() if message.count is None else frozenset({message.count})
    if found - wanted or wanted - found - count:
        odd = ", ".join(f"{{{name}}}" for name in sorted(found ^ wanted - count))
        yield Finding(flow.name, step, f"placeholders differ in the {locale} translation of {message.other!r}: {odd}")


def _names(form: str) -> frozenset[str]:
    try:
        return placeholders(form)
    except ValueError:
        return frozenset({form})


def _sentences(flow: Flow) -> Iterator[tuple[str | None, Message]]:
    definition = flow.definition
    for node in flow.nodes.values():
        for message in (node.message, node.invalid):
            if message is not None:
                yield node.name, message
        for label in _labels(node):
            yield node.name, Message(label, context="button")
    for name in (definition.menu, definition.label):
        if name is not None:
            yield None, Message(name, context="button")
    if definition.command is not None:
        yield None, Message(definition.command)


def _labels(node: Node) -> list[str]:
    labels = [label for label, _ in node.labels]
    return labels if node.contact is None else [*labels, node.contact]


def labels_are_distinct(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    """No two choices of one question read the same, and none is a word with which the provider cuts us off."""
    for node in flow.nodes.values():
        for locale in _locales(around):
            shown = [_label(around, locale, label) for label, _ in node.labels]
            for word in sorted(_repeated(shown)):
                yield Finding(flow.name, node.name, f"two choices read {word!r} in {locale}")
            yield from _cut_off(flow, node, locale, shown=shown, around=around)


def _cut_off(flow: Flow, node: Node, locale: str, *, shown: Iterable[str], around: Surroundings) -> Iterator[Finding]:
    if not _has_sms(around):
        return
    for label in shown:
        if _plain(label) in around.reserved:
            what = f"{label!r} ({locale}) is an opt-out or opt-in word of the SMS provider"
            yield Finding(flow.name, node.name, what)


def set_is_consistent(around: Surroundings) -> Iterator[Finding]:
    """What holds between flows: one flow an intent, one menu label a flow, no accepted word the provider keeps."""
    intents: defaultdict[str, list[str]] = defaultdict(list)
    for flow in around.library.active.values():
        for intent in flow.definition.intents:
            intents[intent].append(flow.name)
    for intent, names in intents.items():
        if len(names) > 1:
            yield Finding(names[1], None, f"the intent {intent} is already served by {names[0]}")
    yield from _menu(around)
    if _has_sms(around):
        for locale, words in around.accepted.items():
            for word in sorted({_plain(word) for word in words} & around.reserved):
                yield Finding("*", None, f"the accepted word {word!r} ({locale}) belongs to the SMS provider")


def _menu(around: Surroundings) -> Iterator[Finding]:
    for locale in _locales(around):
        seen: dict[str, str] = {}
        for flow in around.library.menu():
            label = _label(around, locale, flow.definition.menu or "")
            other = seen.setdefault(_plain(label), flow.name)
            if other != flow.name:
                yield Finding(flow.name, None, f"the menu label {label!r} ({locale}) is also that of {other}")
            if _has_sms(around) and _plain(label) in around.reserved:
                yield Finding(flow.name, None, f"the menu label {label!r} ({locale}) belongs to the SMS provider")


def prompts_fit(flow: Flow, around: Surroundings) -> Iterator[Finding]:
    """Every text fits every channel in every locale; how choices are shown and what an SMS costs is told."""
    for node in flow.nodes.values():
        for channel, limits in around.limits.items():
            yield from _choices_fit(flow, node, channel, limits=limits, around=around)
            if around.measure is not None and node.message is not None:
                yield from _text_fits(flow, node, channel, limits=limits, around=around)


def _text_fits(flow: Flow, node: Node, channel: str, *, limits: Limits, around: Surroundings) -> Iterator[Finding]:
    if around.measure is None:
        return
    worst, where = 0, ""
    saying = _sample(flow, node, around.samples)
    for locale in _locales(around):
        fit = around.measure(saying, limits, locale)
        if fit.parts > 1:
            level: Level = "error" if node.kind == "ask" else "warning"
            yield Finding(flow.name, node.name, f"takes {fit.parts} messages on {channel} in {locale}", level)
        if limits.gsm7 and fit.segments > worst:
            worst, where = fit.segments, locale
    if worst > 1:
        yield Finding(flow.name, node.name, f"up to {worst} SMS parts ({where})", "info")


def _choices_fit(flow: Flow, node: Node, channel: str, *, limits: Limits, around: Surroundings) -> Iterator[Finding]:
    if not node.labels or not (limits.buttons or limits.list_items):
        return
    plain = [locale for locale in _locales(around) if shown_as(_shown(node, around, locale), limits) == "text"]
    if plain:
        what = f"{len(node.labels)} choices become numbered text on {channel} in {', '.join(plain)}"
        yield Finding(flow.name, node.name, what, "warning")


def shown_as(labels: list[str], limits: Limits) -> str:
    """How a channel shows these choices: buttons, a list, or numbered in the text."""
    longest = max(map(len, labels), default=0)
    if len(labels) <= limits.buttons and longest <= limits.button_label:
        return "buttons"
    if len(labels) <= limits.list_items and longest <= limits.list_label:
        return "list"
    return "text"


def _shown(node: Node, around: Surroundings, locale: str) -> list[str]:
    return [_label(around, locale, label) for label, _ in node.labels]


def _sample(flow: Flow, node: Node, samples: Values) -> Saying:
    """The step's saying with values of an ordinary length."""
    message = node.message or Message("")
    values: dict[str, Value | Options] = {name: samples.get(name, SAMPLE_NAME) for name in needed(node)}
    if message.count is not None:
        values[message.count] = samples.get(message.count, SAMPLE_COUNT)
    if node.options is not None:
        values[node.options] = samples.get(node.options, SAMPLE_OPTIONS)
    choices: tuple[Offer, ...] = offers(flow, node, values, SAMPLE_ID)
    asks = node.kind == "ask"
    return Saying(message, values, flow.name, node.name, choices=choices, contact=node.contact, prompt=asks)


def _locales(around: Surroundings) -> tuple[str, ...]:
    return () if around.texts is None else tuple(around.texts.locales)


def _label(around: Surroundings, locale: str, label: str) -> str:
    return label if around.texts is None else around.texts.label(locale, label)


def _has_sms(around: Surroundings) -> bool:
    return any(limits.gsm7 for limits in around.limits.values())


def _repeated(words: Iterable[str]) -> set[str]:
    counts: Mapping[str, int] = _counts(words)
    return {word for word, count in counts.items() if count > 1}


def _counts(words: Iterable[str]) -> Mapping[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for word in words:
        counts[_plain(word)] += 1
    return counts


def _plain(word: str) -> str:
    return word.strip(" .!?").casefold()
