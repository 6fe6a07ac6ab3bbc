"""Every flow in two languages that nobody speaks: one is 40 % longer, the other is written from the right."""

from pathlib import Path

import pytest

from bot.commands.texts import shipped
from bot.texts import Texts
from bot.texts._message import BUTTON
from bot.texts.sources import unique
from tests.builders import world
from tests.scenarios.judge import left_over, misfits, plain, texts_of, told, untranslated
from tests.scenarios.pseudo import LONG, MIRRORED, long, mirrored, pseudo_texts, squeezed, whole
from tests.scenarios.record import Shown
from tests.scenarios.script import NEVER_SHOWN, scenarios
from tests.scenarios.stage import CHANNELS, Stage, in_turn

SOURCES = unique(shipped())


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Texts:
    return pseudo_texts(SOURCES, tmp_path_factory.mktemp("pseudo"))


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("locale", [LONG, MIRRORED])
def test_every_flow(locale: str, channel: str, texts: Texts, sqlite_template: Path) -> None:
    stage = Stage(sqlite_template, texts, locale, channel, in_turn(channel))
    for name, scenario in scenarios().items():
        stage.play(name, scenario)
    stage.close()
    record = stage.record
    problems = untranslated(record, texts) + misfits(record, texts) + left_over(record, texts, locale)
    problems += [f"{one.where}: cut: {one.outbound.text.body!r}" for one in record.shown if _is_cut(one)]
    assert not problems, told(problems)
    assert texts_of(world().library) - record.said == set(NEVER_SHOWN)


def _is_cut(shown: Shown) -> bool:
    body = shown.outbound.text.body
    read = "\n".join(map(plain, shown.parts))
    if shown.channel == "sms":  # rewritten, letter by letter
        ours = read.partition("\n\n1) ")[0]
        return not whole(body, ours)
    return squeezed(body) not in squeezed(read) or not whole(body, read)


def test_the_long_one_is_longer_and_its_labels_fit() -> None:
    texts = [source.other for source in SOURCES if source.context != BUTTON]
    assert sum(len(long(text, False)) for text in texts) >= 1.4 * sum(map(len, texts))
    labels = [source.other for source in SOURCES if source.context == BUTTON]
    said = [long(label, True) for label in labels]
    assert all(len(label) <= len(one) <= max(20, len(label)) for label, one in zip(labels, said, strict=True))
    assert len(set(said)) == len(set(labels))


def test_placeholders_stay_as_they_are() -> None:
    assert long("At {count} o'clock", False).startswith("[Àţ {count} ö'çļöçk ")
    assert mirrored("At {count}!", False) == "[ار {count}!]"


def test_what_was_cut_is_noticed() -> None:
    assert whole("[one] [two]", "[one]\n\n[two]")
    assert not whole("[one] [two]", "[one] [tw")
    assert not whole("[one]", "one]")
