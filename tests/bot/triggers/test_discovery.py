"""The folder's modules keep the contract."""

from bot.triggers import discover


def test_the_shipped_triggers() -> None:
    assert {(trigger.name, trigger.flow) for trigger in discover()} == {
        ("birthday", "birthday"),
        ("expiry_reminder", "expiry_reminder"),
        ("occasion", "occasion"),
    }
