"""Tables as CSV that a spreadsheet does not take for formulas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

_ACTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The table with its header; a cell of text that a spreadsheet would act on gets an apostrophe before it."""
    written = StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([_safe(name) for name in header])
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return written.getvalue()


def _safe(cell: Any) -> Any:
    """Numbers are numbers, even below zero; text that only looks like a formula stays text."""
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return cell
    return f"'{cell}" if cell.startswith(_ACTS) or cell.lstrip().startswith(_ACTS) else cell
