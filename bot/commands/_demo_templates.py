"""Approved WhatsApp templates for the fake Twilio, their words taken from the catalogues."""

from collections.abc import Mapping

from bot.fakes.twilio import FakeTwilio
from bot.handlers import World
from bot.message import Name, Points, Value
from bot.texts import Message

_SAMPLE = 77
_WORDS: Mapping[str, tuple[str, str]] = {
    "birthday": ("birthday", "with_gift"),
    "milestone": ("milestone", "gift"),
    "purchase_notice": ("purchase_notice", "earned"),
    "referral_reward": ("referral_reward", "tell"),
}
"""Flow -> the step whose text the template is."""


def seed_templates(twilio: FakeTwilio, world: World) -> None:
    """One approved template for each flow and locale of the programme."""
    for flow, by_locale in world.programme.templates.items():
        found = world.library.get(_WORDS[flow][0])
        node = found.nodes[_WORDS[flow][1]] if found else None
        if found is None or node is None or node.message is None or found.definition.template is None:
            continue
        for locale, sid in by_locale.items():
            body = _body(world, locale, node.message, found.definition.template)
            twilio.seed_template(sid, *("7" for _ in found.definition.template), body=body)


def _body(world: World, locale: str, message: Message, variables: tuple[str, ...]) -> str:
    """The text with `{{1}}`, `{{2}}` … in place of its values; a variable neither begins nor ends a template."""
    values: dict[str, Value] = {name: Name("\0") for name in variables}
    counted = message.count
    if counted is not None:
        values[counted] = Points(_SAMPLE)
    words = world.texts.text(locale, message, {**values, "brand": Name("{{1}}")}).body
    number = variables.index(counted) + 1 if counted in variables else 0
    words = words.replace(world.texts.format(locale, Points(_SAMPLE)), f"{{{{{number}}}}}") if number else words
    missing = [f"{{{{{n}}}}}" for n in range(1, len(variables) + 1) if f"{{{{{n}}}}}" not in words]
    return f"🎁 {' '.join(missing)}{': ' if missing else ''}{words} 🎁"
