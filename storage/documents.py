"""The one strict loader for every YAML file: flows, programmes, markets, phrases.

Every scalar is a string (YAML 1.1 would read `no` as false, 12:30 as 750 and +39… as a number); pydantic converts.
Duplicate keys, anchors, aliases, merge keys, tags and second documents are refused, and every problem names its line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 32

Node = str | list["Node"] | dict[str, "Node"]
Key = str | int
Keys = tuple[Key, ...]
Model = TypeVar("Model", bound=BaseModel)

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DocumentError(ValueError):
    """A YAML file is not well formed or does not follow its model; each line of the message is `file:line: what`."""


@dataclass(frozen=True, slots=True)
class Document:
    """A file's content as plain dicts, lists and strings, with the line of every key and item."""

    source: str
    value: Node
    lines: Mapping[Keys, int] = field(repr=False)

    def line(self, keys: Sequence[Key]) -> int:
        """The line of what these keys lead to, or of the nearest thing around it. Unknown keys on the way are skipped:
        pydantic puts the names of union members among them."""
        found: Keys = ()
        for key in keys:
            if (*found, key) in self.lines:
                found = (*found, key)
        return self.lines[found]

    def into(self, model: type[Model]) -> Model:
        """The content as an instance of the model, or a DocumentError listing every problem."""
        try:
            return model.model_validate(self.value)
        except ValidationError as error:
            problems = [self._problem(found["loc"], found["msg"]) for found in error.errors(include_url=False)]
            raise DocumentError("\n".join(dict.fromkeys(problems))) from error

    def _problem(self, keys: Keys, what: str) -> str:
        where = ".".join(str(key) for key in keys)
        what = what.removeprefix("Value error, ")
        return f"{self.source}:{self.line(keys)}: {f'{where}: ' if where else ''}{what}"


def read(path: Path) -> Document:
    """The file's content with its line numbers."""
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise DocumentError(f"{path}:1: {size} bytes are more than the {MAX_BYTES} allowed")
        return parse(path.read_bytes(), str(path))
    except OSError as error:
        raise DocumentError(f"{path}:1: cannot be read: {error.strerror}") from error


def load(path: Path, model: type[Model]) -> Model:
    """The file as an instance of a model (which sets `extra="forbid"` itself)."""
    return read(path).into(model)


def parse(data: bytes | str, source: str) -> Document:
    """The same as `read` for content already in memory; `source` stands for the file in messages."""
    raw = data.encode() if isinstance(data, str) else data
    if len(raw) > MAX_BYTES:
        raise DocumentError(f"{source}:1: {len(raw)} bytes are more than the {MAX_BYTES} allowed")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(f"{source}:{raw[: error.start].count(10) + 1}: not UTF-8") from error
    reader = _Reader(source)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            reader.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise DocumentError(f"{source}:{mark.line + 1 if mark else 1}: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise DocumentError(f"{source}:{_line_of(error, text)}: {_reason(error)}") from error
    return reader.document()


def _line_of(error: yaml.YAMLError, text: str) -> int:
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


def _reason(error: yaml.YAMLError) -> str:
    return str(getattr(error, "reason", None) or error).splitlines()[0]


@dataclass(slots=True)
class _Open:
    """A mapping or a sequence that is still being read."""

    value: list[Node] | dict[str, Node]
    keys: Keys
    key: str | None = None


class _Reader:
    """Builds the document event by event, without recursion, so that depth is a number and not a stack overflow."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines: dict[Keys, int] = {(): 1}
        self._open: list[_Open] = []
        self._root: Node | None = None
        self._documents = 0

    def document(self) -> Document:
        if self._root is None or self._root == "":
            raise DocumentError(f"{self._source}:1: the file is empty")
        return Document(self._source, self._root, self._lines)

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        self._refuse(event, line)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent):
            self._begin({}, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._begin([], line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()

    def _refuse(self, event: yaml.Event, line: int) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._error(line, "anchors and aliases are not allowed")
        if getattr(event, "tag", None):
            raise self._error(line, "tags are not allowed")
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error(line, "a second document is not allowed")

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            self._key(parent, event, line)
        else:
            self._put(event.value, line)

    def _key(self, parent: _Open, event: yaml.ScalarEvent, line: int) -> None:
        key = event.value
        if key == "<<" and not event.style:
            raise self._error(line, "merge keys are not allowed")
        if key in parent.value:
            raise self._error(line, f"{key!r} is already there (line {self._lines[(*parent.keys, key)]})")
        parent.key = key
        self._lines[(*parent.keys, key)] = line

    def _begin(self, value: list[Node] | dict[str, Node], line: int) -> None:
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.value, dict) and parent.key is None:
            raise self._error(line, "a key must be a plain string")
        if len(self._open) >= MAX_DEPTH:
            raise self._error(line, f"deeper than {MAX_DEPTH} levels")
        self._open.append(_Open(value, self._put(value, line)))

    def _put(self, value: Node, line: int) -> Keys:
        if not self._open:
            self._root = value
            return ()
        parent = self._open[-1]
        if isinstance(parent.value, list):
            keys: Keys = (*parent.keys, len(parent.value))
            self._lines[keys] = line
            parent.value.append(value)
            return keys
        assert parent.key is not None  # a mapping's value always follows its key
        keys = (*parent.keys, parent.key)
        parent.value[parent.key] = value
        parent.key = None
        return keys

    def _error(self, line: int, what: str) -> DocumentError:
        return DocumentError(f"{self._source}:{line}: {what}")
