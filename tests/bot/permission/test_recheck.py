"""The sender's last look at a row."""

from typing import Any

import pytest

from bot.limits import SMS, WHATSAPP, WINDOW_MARGIN
from bot.permission import still_allowed

SECOND, HOUR = 1_000_000, 3_600_000_000
NOW = 1_780_000_000 * SECOND
WINDOW = 24 * HOUR - WINDOW_MARGIN * SECOND


def look(**changed: Any) -> tuple[str, str]:
    row: dict[str, Any] = {
        "kind": "reply",
        "limits": WHATSAPP,
        "opted_out": False,
        "reachable": True,
        "marketing": True,
        "control_version": 3,
        "member_control_version": 3,
        "last_inbound_at": NOW - HOUR,
        "expires_at": NOW + HOUR,
        "has_template": False,
        "now": NOW,
    }
    return still_allowed(**{**row, **changed})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ("send", "ok")),
        ({"expires_at": None}, ("send", "ok")),
        ({"expires_at": NOW}, ("no", "expired")),
        ({"opted_out": True}, ("no", "opted_out")),
        ({"reachable": False}, ("no", "unreachable")),
        ({"marketing": False}, ("send", "ok")),
        ({"marketing": False, "kind": "marketing"}, ("no", "no_consent")),
        ({"member_control_version": 4}, ("no", "human_active")),
        ({"last_inbound_at": NOW - 3 * 24 * HOUR}, ("no", "window_closed")),
        ({"last_inbound_at": None}, ("no", "window_closed")),
        ({"last_inbound_at": None, "has_template": True}, ("template", "template")),
        ({"last_inbound_at": None, "limits": SMS}, ("send", "ok")),
        ({"last_inbound_at": NOW - WINDOW + SECOND}, ("send", "ok")),
        ({"last_inbound_at": NOW - WINDOW - SECOND}, ("no", "window_closed")),
        ({"last_inbound_at": NOW - 24 * HOUR + SECOND}, ("no", "window_closed")),
        ({"last_inbound_at": NOW - 24 * HOUR - SECOND, "has_template": True}, ("template", "template")),
        ({"kind": "callback", "member_control_version": 4, "last_inbound_at": None}, ("send", "ok")),
        ({"kind": "callback", "expires_at": NOW - 1}, ("no", "expired")),
    ],
)
def test_still_allowed(changed: dict[str, Any], expected: tuple[str, str]) -> None:
    assert look(**changed) == expected
