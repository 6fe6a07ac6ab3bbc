"""A fourteenth locale is one folder: Dutch, written on the fly, is understood, offered and spoken by the pipeline."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import load_understanding, load_world
from bot.commands.texts import everything, shipped
from bot.settings import Settings
from bot.texts.check import check
from bot.texts.sources import unique
from bot.understanding.cache import default_folder
from bot.understanding.hints import Hints
from storage.database import Database
from tests import builders
from tests.bot.test_texts import entry, plural, write
from tests.builders import House, text

NO_POINTS = "You have no points yet. They come with your next purchase."
DUTCH = {
    NO_POINTS: "Je hebt nog geen punten. Ze komen bij je volgende aankoop.",
    "Welcome to {brand}! Collect points with every purchase, here in the chat. By joining you accept our terms "
    "(version {terms}). Would you like to join?": "Welkom bij {brand}! Spaar punten bij elke aankoop, hier in de chat. "
    "Door mee te doen ga je akkoord met onze voorwaarden (versie {terms}). Doe je mee?",
    "You are in. Welcome!": "Je doet mee. Welkom!",
    "Which language shall we use?": "Welke taal spreken we?",
    "Done. From now on we write in English.": "Klaar. Vanaf nu schrijven we in het Nederlands.",
    "Join": "Meedoen",
    "Not now": "Nu niet",
    "No, thanks": "Nee, bedankt",
}
"""A few real texts; the others are the source with a mark, which is enough to be counted as there."""
PHRASES = """# What people type in Dutch
intents:
  balance: |
    hoeveel punten heb ik
    wat is mijn saldo
    mijn punten
    hoeveel heb ik al gespaard
    hoeveel punten staan er op mijn kaart
  optin.join: |
    ik wil meedoen
    ik wil lid worden
    hoe word ik lid
    schrijf me in
    aanmelden
  language: |
    taal wijzigen
    andere taal
    ik spreek geen engels
  optout: |
    stuur me geen berichten meer
    ik wil geen reclame meer
other: |
  wat voor weer wordt het morgen
  hoe laat vertrekt de trein naar utrecht
opt_out:
  clear: |
    uitschrijven
    geen berichten meer
yes: [ja, ja graag, prima]
no: [nee, nee bedankt]
"""
PIET = "+31612345678"


def catalogue() -> Iterator[str]:
    """Every text of ours in Dutch, one way or another."""
    for source in unique(shipped()):
        said = DUTCH.get(source.other, source.other if source.context else f"{source.other} (nl)")
        if source.one is None:
            yield entry(source.other, said, source.context or "")
        else:
            yield plural(source, f"{source.one} (nl)", said)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment's own folder, with one locale in it."""
    place = tmp_path_factory.mktemp("shop")
    write(place / "locales", "nl", *catalogue())
    (place / "locales" / "nl" / "phrases.yaml").write_text(PHRASES, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def known(folder: Path) -> Settings:
    """A cache of its own, with the tables of the languages in it if they were made before: they are nobody's."""
    cache = folder / "cache"
    cache.mkdir()
    for table in default_folder().glob("language-*"):
        (cache / table.name).symlink_to(table)
    return builders.settings(folder=folder, cache=cache, locales=("en", "nl"))


@pytest.fixture
def house(known: Settings, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> House:
    """The pipeline with the deployment's folder."""
    world = load_world(known)
    understanding = load_understanding(known, world.texts)
    monkeypatch.setattr(builders, "world", lambda: world)
    monkeypatch.setattr(builders, "understanding", lambda: understanding)
    return House(Database(sqlite_url))


def test_the_folder_is_all_it_takes(folder: Path) -> None:
    problems = check(*everything(folder, ("nl",)))
    assert [str(one) for one in problems if "/nl/" in str(one.file) or ": nl: " in str(one)] == []


def test_it_is_understood(house: House) -> None:
    detector, intents = builders.understanding().detector, builders.understanding().intents
    asked = detector.decide("Kunnen jullie zeggen wanneer de winkel open is?", hints=Hints(phone=PIET))
    assert asked.locale == "nl"
    found = intents.match("hoeveel punten heb ik", "nl")
    assert found is not None and (found.intent, found.exact, found.locale) == ("balance", True, "nl")
    guessed = intents.match("weet jij hoeveel punten ik al heb gespaard", "nl")
    assert guessed is not None and (guessed.intent, guessed.exact) == ("balance", False)
    assert intents.opt_out("Uitschrijven!", "en") == "clear"


@pytest.mark.asyncio
async def test_a_conversation_in_it(house: House) -> None:
    async def said(words: str) -> tuple[str, list[str]]:
        await house.batch(text(PIET, words))
        await house.settle()
        (message,) = await house.said()
        return message.text.body, [choice.label for choice in message.choices]

    assert builders.world().texts.locales == ("en", "nl")
    body, labels = await said("Ik wil graag lid worden")
    assert "Welkom bij Bentornato! Spaar punten" in body
    assert labels == ["Meedoen", "Nu niet"]
    assert (await said("meedoen"))[0].startswith("Je doet mee. Welkom!")
    await said("nee, bedankt")
    assert (await said("hoeveel punten heb ik?"))[0].startswith(DUTCH[NO_POINTS])
    body, labels = await said("taal wijzigen")
    assert body == "Welke taal spreken we?"
    assert labels == ["English", "Nederlands"]
    assert await said("Nederlands") == ("Klaar. Vanaf nu schrijven we in het Nederlands.", [])
    member = await house.member_at(PIET)
    assert await house.member(member, "locale", "locale_source") == ["nl", "chosen"]
    await house.database.close()
