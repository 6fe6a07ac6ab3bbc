"""Approved WhatsApp templates for the fake Twilio, their words taken from the flows and the catalogues."""

from collections.abc import Iterator

from bot.fakes.twilio import FakeTwilio
from bot.flows.compiled import Flow
from bot.handlers import World
from bot.texts import Message, placeholders

_LEAD = "👋"
"""Before the words: a template may not begin with a variable. A sentence's own full stop keeps one from its end."""


def seed_templates(twilio: FakeTwilio, world: World) -> None:
    """One approved template for each flow and locale of the programme."""
    for name, by_locale in world.programme.templates.items():
        flow = world.library.get(name)
        if flow is None or flow.definition.template is None:
            continue
        for locale, sid in by_locale.items():
            twilio.seed_template(sid, *("7" for _ in flow.definition.template), body=_body(world, locale, flow))


def _body(world: World, locale: str, flow: Flow) -> str:
    """The flow's sentences with `{{1}}`, `{{2}}` … for their values; a variable that no sentence has goes before."""
    variables = flow.definition.template or ()
    number = {name: f"{{{{{place}}}}}" for place, name in enumerate(variables, 1)}
    said = list(_sentences(flow, frozenset(variables))) or [_first(flow)]
    words = " ".join((world.texts.forms(locale, one) or (one.other,))[-1] for one in said)
    for name, place in number.items():
        words = words.replace(f"{{{name}}}", place)
    missing = " ".join(one for one in number.values() if one not in words)
    return f"{_LEAD} {missing + ': ' if missing else ''}{words}"


def _first(flow: Flow) -> Message:
    """What a flow without variables says first."""
    return next(node.message for node in flow.nodes.values() if node.message is not None)


def _sentences(flow: Flow, variables: frozenset[str]) -> Iterator[Message]:
    """What the flow says with these variables and no other, in its order, until each was said."""
    left = set(variables)
    for node in flow.nodes.values():
        if node.kind != "say" or node.message is None:
            continue
        used = placeholders(node.message.other)
        if used <= variables and used & left:
            left -= used
            yield node.message
