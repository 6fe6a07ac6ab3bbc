"""Cells that a spreadsheet would run are text."""

import csv
import io

import pytest

from bot.desk._csv import csv_text


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", '=HYPERLINK("x")', "-", "+39333"]
)
def test_formulas_get_an_apostrophe(cell: str) -> None:
    [row] = list(csv.reader(io.StringIO(csv_text([cell], []), newline="")))
    assert row == [f"'{cell}"]


def test_everything_else_stays() -> None:
    text = csv_text(["a", "b"], [["x, y", 'he said "=1"'], [-5, None], ["a\nb", 1.5]])
    assert text == 'a,b\r\n"x, y","he said ""=1"""\r\n-5,\r\n"a\nb",1.5\r\n'
