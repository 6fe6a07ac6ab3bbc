"""What was said while scenarios were played: texts asked of the catalogues, messages as the channel was given them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.flows.exchange import Saying
from bot.flows.library import Library
from bot.message import Outbound, Span
from bot.pipeline import Pipeline
from bot.pipeline._talk import Talk
from bot.render import Part
from bot.texts import Message, Texts

Step = tuple[str, str, str]
"""Flow, step and what of it: say, ask or invalid."""


@dataclass(frozen=True)
class Shown:
    """One message: where it came from, how it was composed and what the channel was given."""

    where: str
    channel: str
    voice: str
    outbound: Outbound
    parts: tuple[Part, ...]


@dataclass
class Record:
    """All of it."""

    shown: list[Shown] = field(default_factory=list)
    said: set[Step] = field(default_factory=set)
    messages: set[tuple[str, Message]] = field(default_factory=set)
    labels: set[tuple[str, str]] = field(default_factory=set)

    def hears(self, library: Library, saying: Saying) -> None:
        """Keep which text of which step this is."""
        node = library.active[saying.flow].nodes[saying.step]
        if saying.message == node.message:
            self.said.add((saying.flow, saying.step, node.kind))
        elif saying.message == node.invalid:
            self.said.add((saying.flow, saying.step, "invalid"))


class RecordingTexts(Texts):
    """The same texts, which keep what is asked of them."""

    def __init__(self, texts: Texts, record: Record) -> None:
        self.__dict__.update(texts.__dict__)
        self._record = record

    def add(
        self,
        pieces: list[str],
        spans: list[Span],
        position: int,
        locale: str,
        message: Message,
        values: Mapping[str, Any],
    ) -> int:
        self._record.messages.add((locale, message))
        return super().add(pieces, spans, position, locale, message, values)

    def label(self, locale: str, msgid: str) -> str:
        self._record.labels.add((locale, msgid))
        return super().label(locale, msgid)


class RecordingPipeline(Pipeline):
    """The same pipeline, which keeps the steps that said something."""

    record: Record

    def _say(self, unit: Any, talk: Talk) -> None:
        for saying in talk.said:
            self.record.hears(unit.world.library, saying)
        super()._say(unit, talk)
