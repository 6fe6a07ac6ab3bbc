"""The decision: who, where, when, and the reason when not."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.limits import BY_CHANNEL, WINDOW_MARGIN
from bot.permission import Decision, Place, Purpose, Recipient, Wish, plan
from loyalty.markets import load_markets

MARKETS = load_markets([Path(__file__).parents[3] / "locales" / "markets"])
SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000
WINDOW = 24 * HOUR - WINDOW_MARGIN * SECOND
SID = "HX" + "0" * 32


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


NOON = at("2026-06-15T12:00+02:00")
NIGHT = at("2026-06-15T22:00+02:00")
MORNING = at("2026-06-16T09:00+02:00")


def place(channel: str, **fields: object) -> Place:
    known = Place(hash(channel), channel, f"{channel}-1", reachable=True, opted_out=False, last_inbound_at=NOON - HOUR)
    return replace(known, **fields)  # type: ignore[arg-type]


TELEGRAM, WHATSAPP, SMS, SIMULATOR = (place(one) for one in ("telegram", "whatsapp", "sms", "simulator"))
MEMBER = Recipient(1, "it", "IT", "Europe/Rome", True, False, 0, (TELEGRAM, WHATSAPP, SMS))


def decide(
    recipient: Recipient, *, purpose: Purpose = "marketing", now: int = NOON, expires_at: int | None = None
) -> Decision:
    return plan(
        Wish("birthday", purpose, expires_at),
        recipient,
        market=MARKETS[recipient.market],
        channels=("whatsapp", "telegram", "sms"),
        templates={"birthday": {"it": SID}},
        limits=BY_CHANNEL,
        now=now,
    )


def test_sent_at_once_on_the_preferred_channel() -> None:
    assert decide(MEMBER) == Decision("send", "ok", WHATSAPP, NOON)


@pytest.mark.parametrize(
    ("changed", "purpose", "verdict", "reason"),
    [
        ({"human": True}, "marketing", "later", "human_active"),
        ({"human": True}, "service", "later", "human_active"),
        ({"human": True, "marketing": False}, "marketing", "later", "human_active"),
        ({"marketing": False}, "marketing", "no", "no_consent"),
        ({"marketing": False}, "service", "send", "ok"),
        ({"recent_marketing": 1}, "marketing", "later", "capped"),
        ({"recent_marketing": 1}, "service", "send", "ok"),
        ({"places": ()}, "service", "no", "no_route"),
        ({"places": (replace(SMS, reachable=False),)}, "service", "no", "unreachable"),
        ({"places": (replace(SMS, opted_out=True),)}, "service", "no", "opted_out"),
        ({"places": (replace(WHATSAPP, opted_out=True), replace(SMS, reachable=False))}, "service", "no", "opted_out"),
        ({"places": (place("email"),)}, "service", "no", "no_route"),
        ({"locale": "en", "places": (replace(WHATSAPP, last_inbound_at=None),)}, "service", "no", "window_closed"),
    ],
)
def test_reasons(changed: dict[str, object], purpose: Purpose, verdict: str, reason: str) -> None:
    found = decide(replace(MEMBER, **changed), purpose=purpose)  # type: ignore[arg-type]
    assert (found.verdict, found.reason) == (verdict, reason)
    assert (found.place is not None) == (verdict == "send" or reason == "capped")


def test_the_next_channel_stands_in() -> None:
    shut = replace(WHATSAPP, last_inbound_at=NOON - 3 * DAY)
    silent = replace(MEMBER, locale="de", places=(TELEGRAM, shut))
    assert decide(silent).place == TELEGRAM
    assert decide(replace(silent, places=(SMS, replace(TELEGRAM, reachable=False), shut))).place == SMS


def test_three_days_of_silence_need_the_template() -> None:
    shut = replace(WHATSAPP, last_inbound_at=NOON - 3 * DAY)
    assert decide(replace(MEMBER, places=(TELEGRAM, shut))) == Decision("send", "template", shut, NOON, template=True)


@pytest.mark.parametrize(
    ("silent_for", "template"),
    [
        (WINDOW - SECOND, False),
        (WINDOW, True),
        (WINDOW + SECOND, True),
        (24 * HOUR - SECOND, True),
        (24 * HOUR, True),
        (24 * HOUR + SECOND, True),
    ],
)
def test_the_windows_edge(silent_for: int, template: bool) -> None:
    found = decide(replace(MEMBER, places=(replace(WHATSAPP, last_inbound_at=NOON - silent_for),)))
    assert (found.verdict, found.template) == ("send", template)


def test_simulator_members_stay_in_the_simulator() -> None:
    assert decide(replace(MEMBER, places=(TELEGRAM, SIMULATOR, WHATSAPP))).place == SIMULATOR
    gone = replace(SIMULATOR, reachable=False)
    assert decide(replace(MEMBER, places=(TELEGRAM, gone))) == Decision("no", "unreachable")


def test_at_night_marketing_waits_and_service_does_not() -> None:
    assert decide(MEMBER, now=NIGHT) == Decision("later", "quiet_hours", WHATSAPP, MORNING)
    assert decide(MEMBER, now=NIGHT, purpose="service").verdict == "send"


@pytest.mark.parametrize(
    ("changed", "now", "expires_at"),
    [
        ({}, NOON, NOON),
        ({}, NOON, NOON - SECOND),
        ({}, NIGHT, NIGHT + 2 * HOUR),
        ({}, NIGHT, MORNING),
        ({"recent_marketing": 1}, NOON, NOON + 12 * HOUR),
        ({"human": True}, NOON, NOON + HOUR // 2),
    ],
)
def test_what_would_come_too_late_is_not_sent(changed: dict[str, object], now: int, expires_at: int) -> None:
    found = decide(replace(MEMBER, **changed), now=now, expires_at=expires_at)  # type: ignore[arg-type]
    assert (found.verdict, found.reason, found.place) == ("no", "expired", None)


def test_the_cap_is_looked_at_again_the_next_day() -> None:
    found = decide(replace(MEMBER, recent_marketing=1), now=NOON)
    assert (found.reason, found.at) == ("capped", NOON + DAY)


def test_a_spaniard_of_unknown_zone_waits_for_the_canaries() -> None:
    early = at("2026-06-15T09:30+02:00")
    spaniard = replace(MEMBER, market="ES", zone="Europe/Madrid", phone="+34612345678")
    assert decide(spaniard, now=early).at == at("2026-06-15T10:00+02:00")
    assert decide(replace(spaniard, zone="Africa/Ceuta"), now=early).verdict == "send"


def test_a_channel_that_is_not_running_is_passed_over() -> None:
    found = plan(
        Wish("birthday", "service", None),
        MEMBER,
        market=MARKETS["IT"],
        channels=("whatsapp", "sms"),
        templates={},
        limits={"sms": BY_CHANNEL["sms"]},
        now=NOON,
    )
    assert found.place == SMS
