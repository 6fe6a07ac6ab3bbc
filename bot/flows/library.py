"""The flows a deployment runs: the active version of each, and older versions that live sessions are pinned to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from bot.flows.compiled import Flow, compile_flow
from bot.flows.model import Definition
from storage.documents import load


class LibraryError(Exception):
    """The folders do not hold a usable set of flows."""


class Library:
    """Flows by name, by version and by intent. Reading is safe from any thread; versions are only ever added."""

    def __init__(self, definitions: Iterable[Definition]) -> None:
        self.active: dict[str, Flow] = {}
        self._versions: dict[tuple[str, str], Flow] = {}
        self._intents: dict[str, Flow] = {}
        for definition in definitions:
            flow = compile_flow(definition)
            self.active[flow.name] = flow
            self._versions[flow.name, flow.version] = flow
        for flow in self.active.values():
            for intent in flow.definition.intents:
                self._intents.setdefault(intent, flow)

    @classmethod
    def load(cls, folders: Sequence[Path]) -> Library:
        """The flows of the folders' YAML files, in file-name order; a later folder's flow replaces one of its name."""
        found: dict[str, tuple[str, Definition]] = {}
        for folder in folders:
            found |= _folder(folder)
        ordered = sorted(found.values(), key=lambda entry: entry[0])
        return cls(definition for _, definition in ordered)

    def get(self, flow: str, version: str | None = None) -> Flow | None:
        """The active flow of this name, or the given version of it; None if there is none."""
        return self.active.get(flow) if version is None else self._versions.get((flow, version))

    def by_intent(self, intent: str) -> Flow | None:
        """The active flow that serves an intent."""
        return self._intents.get(intent)

    def menu(self, hides: Callable[[str, str | None], bool] | None = None) -> tuple[Flow, ...]:
        """The flows with a menu label, in their order, less those that `hides(flow, module)` says a market lacks."""
        labelled = (flow for flow in self.active.values() if flow.definition.menu)
        listed = (flow for flow in labelled if hides is None or not hides(flow.name, flow.definition.module))
        return tuple(sorted(listed, key=lambda flow: flow.definition.order))

    def hold(self, flow: Flow) -> None:
        """Keep running this version of a flow instead of the one on disk, until somebody publishes that."""
        self.active[flow.name] = flow

    def add_version(self, definition: Definition) -> Flow:
        """Keep an older version for the sessions pinned to it; the active flow stays what it is."""
        flow = compile_flow(definition)
        return self._versions.setdefault((flow.name, flow.version), flow)


def _folder(folder: Path) -> dict[str, tuple[str, Definition]]:
    found: dict[str, tuple[str, Definition]] = {}
    for path in sorted(folder.glob("*.yaml")):
        definition = load(path, Definition)
        if definition.flow in found:
            raise LibraryError(f"{path}: flow {definition.flow} is already in {found[definition.flow][0]}")
        found[definition.flow] = (path.name, definition)
    return found
