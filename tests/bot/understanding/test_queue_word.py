"""Who waits for a person is told a word that brings the bot back: it must be one that means as much anywhere else."""

import pytest

from bot.flows.model import message
from bot.handlers.handoff import WORD
from bot.texts import Message, placeholders
from bot.understanding.intents import Intents, family_of
from tests.bot.understanding import LOCALES
from tests.builders import world


def sentences() -> list[Message]:
    """What the flow `person` says that names the word."""
    person = world().library.get("person")
    assert person is not None
    said = [message(step.say) for step in person.definition.steps.values() if step.say]
    return [one for one in said if "word" in placeholders(one.other)]


def test_every_way_to_wait_names_the_word() -> None:
    assert len(sentences()) == 3
    assert set(world().texts.locales) == set(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_word_means_the_menu_and_no_opt_out(intents: Intents, locale: str) -> None:
    texts = world().texts
    for voice in (locale, *texts.variants(locale)):
        word = texts.text(voice, WORD, {}).body
        found = intents.exact(word, locale)
        assert found is not None, f"{voice}: {word}"
        assert (family_of(found.intent) in {"help", "cancel"}, found.locale) == (True, locale), f"{voice}: {word}"
        assert intents.opt_out(word, locale) is None
