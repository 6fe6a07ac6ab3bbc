"""Bring `.po` files up to date with the sources: translations are kept, nothing is guessed, nothing churns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.texts._catalogue import FILE, VARIANT, checked_locale, read_raw, use_known_plurals
from bot.texts.sources import Source

_BORN = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands in the header of a new catalogue: a date of today would change with every new locale."""
_HEADER = "# What members read. The msgids are the English source; `bentornato texts update` keeps this file in step."


def update(sources: Sequence[Source], folder: Path, root: Path) -> list[Path]:
    """Update the catalogue of every locale in the folder; locations are written from the root. Returns what changed."""
    changed = []
    for locale_folder in sorted(path for path in folder.iterdir() if path.is_dir() and _is_locale(path)):
        file = locale_folder / FILE
        content = updated(sources, file, root)
        if not file.exists() or file.read_bytes() != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            changed.append(file)
    return changed


def updated(sources: Sequence[Source], file: Path, root: Path, *, header: str = _HEADER) -> bytes:
    """What the catalogue's file should hold. `header` begins a new one."""
    locale = file.parent.parent.name
    catalogue = read_raw(file, locale) if file.exists() else _new(locale, header)
    for key, message in list(catalogue.obsolete.items()):
        if key not in catalogue and message.string:
            catalogue[message.id] = message
    catalogue.obsolete.clear()
    catalogue.update(_template(sources, root), no_fuzzy_matching=True, update_creation_date=False)
    _drop_empty(catalogue)
    if VARIANT in locale:
        _drop_unsaid(catalogue)
    written = BytesIO()
    write_po(written, catalogue, width=120, sort_by_file=True, include_lineno=False)
    return written.getvalue().rstrip(b"\n") + b"\n"


def _is_locale(folder: Path) -> bool:
    return (folder / FILE.parent).is_dir() or (folder / "phrases.yaml").exists()


def _new(locale: str, header: str) -> Catalog:
    catalogue = Catalog(
        checked_locale(locale),
        header_comment=header,
        project="bentornato",
        version="1",
        creation_date=_BORN,
        revision_date=_BORN,
        last_translator="nobody yet",
        language_team=locale,
        msgid_bugs_address="see CONTRIBUTING.md",
        charset="utf-8",
        fuzzy=False,
    )
    use_known_plurals(catalogue, locale)
    return catalogue


def _template(sources: Sequence[Source], root: Path) -> Catalog:
    template = Catalog(fuzzy=False)
    for source in sources:
        where = source.file.relative_to(root) if source.file.is_relative_to(root) else source.file
        template.add(
            source.other if source.one is None else (source.one, source.other),
            locations=[(where.as_posix(), source.line)],
            auto_comments=source.comments,
            context=source.context,
        )
    return template


def _drop_empty(catalogue: Catalog) -> None:
    """An obsolete message that was never translated is of no use to anybody."""
    for key, message in list(catalogue.obsolete.items()):
        if not any(_strings(message.string)):
            del catalogue.obsolete[key]


def _drop_unsaid(catalogue: Catalog) -> None:
    """A way of speaking holds only the texts in which it differs."""
    for message in [one for one in catalogue if one.id and not any(_strings(one.string))]:
        catalogue.delete(message.id, message.context)


def _strings(string: str | Sequence[str] | None) -> Sequence[str]:
    return (string or "",) if string is None or isinstance(string, str) else string
