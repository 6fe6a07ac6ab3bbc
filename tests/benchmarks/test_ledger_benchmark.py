"""The ledger's benchmark in short: it writes the same rows every way, and prints one line. Its times mean nothing."""

import json

import pytest

from benchmarks import ledger


@pytest.mark.long
def test_the_same_rows_are_written_every_way(capsys: pytest.CaptureFixture[str]) -> None:
    code = ledger.main(["--quick", "--operations", "320", "--long", "100", "--reads", "128"])
    line = json.loads(capsys.readouterr().out)
    assert (code, line["correct"], line["synchronous"], line["batch"]) == (0, True, "FULL", 64)
    for kind in ("earn", "spend"):
        assert {"ledger_over_by_row", "ledger_over_by_hand", "ledger_over_by_table"} < line[kind].keys()
    assert line["balance_us"]["entries"] == [10, 100]
