"""The markets' files and where a phone may be."""

from datetime import date, datetime
from pathlib import Path

import pytest

from loyalty.markets import MarketProfile, Window, candidate_zones, load_markets, zone_for, zones_to_respect
from storage.documents import DocumentError

SHIPPED = Path(__file__).parents[2] / "locales" / "markets"
MARKETS = load_markets([SHIPPED])
SATELLITE, TOLL_FREE = "+870773111632", "+18005550123"


def profile(**fields: object) -> MarketProfile:
    known = {"locale": "it", "zone": "Europe/Rome", "formality": "informal", "tone": "warm"}
    return MarketProfile.model_validate({**known, **fields})


def test_shipped_markets() -> None:
    nordic = {"DK", "FI", "NO", "SE"}
    assert set(MARKETS) == nordic | {
        *("AE", "BR", "CN", "DE", "EG", "ES", "FR", "GB", "ID", "IN", "IT", "JP", "RU", "TR", "US")
    }
    assert all(one.cap.messages == 1 and one.cap.days == 7 for one in MARKETS.values())


@pytest.mark.parametrize(
    ("market", "local", "expected"),
    [
        ("IT", "2026-06-15 09:00", True),
        ("IT", "2026-06-15 08:59", False),
        ("IT", "2026-06-15 19:59", True),
        ("IT", "2026-06-15 20:00", False),
        ("IT", "2026-06-20 09:30", False),  # Saturday from 10
        ("IT", "2026-06-21 12:00", False),  # Sunday
        ("IT", "2026-06-02 12:00", False),  # Republic day
        ("IT", "2026-04-06 12:00", False),  # Easter Monday
        ("FR", "2026-07-14 12:00", False),
        ("FR", "2026-07-15 12:00", True),
        ("FR", "2026-07-15 09:30", False),
        ("BR", "2026-06-20 16:00", False),
        ("BR", "2026-06-20 15:59", True),
        ("US", "2026-07-04 12:00", True),  # no rule about holidays
        ("AE", "2026-06-19 12:30", False),  # Friday prayer
        ("AE", "2026-06-19 15:00", True),
        ("AE", "2026-03-04 17:00", False),  # Ramadan
        ("AE", "2026-03-04 11:00", True),
        ("EG", "2026-06-21 12:00", True),  # the week begins on Sunday
        ("IN", "2026-06-15 09:30", False),
        ("IN", "2026-06-15 20:59", True),
        ("IN", "2026-06-15 21:00", False),
        ("IN", "2026-11-08 12:00", True),  # Diwali, a Sunday
        ("JP", "2026-06-15 09:00", True),
        ("JP", "2026-06-21 12:00", False),
        ("CN", "2027-02-06 12:00", True),  # the Spring Festival is a day for greetings
        ("CN", "2026-06-15 20:00", False),
    ],
)
def test_hours(market: str, local: str, expected: bool) -> None:
    assert MARKETS[market].is_open(datetime.fromisoformat(local)) is expected


def test_default_hours_and_several_windows_a_day() -> None:
    assert profile().windows(date(2026, 6, 20)) == (Window(540, 1200),)
    assert profile().windows(date(2026, 6, 21)) == ()
    siesta = profile(marketing_hours={"mon": ["09:00-13:00", "16:00-24:00"]})
    assert siesta.windows(date(2026, 6, 15)) == (Window(540, 780), Window(960, 1440))


@pytest.mark.parametrize(
    "fields",
    [
        {"zone": "Europe/Roma"},
        {"zone": "+02:00"},
        {"locale": "xx_YY"},
        {"holidays": "XX"},
        {"tone": "rude"},
        {"marketing_hours": {"monday": []}},
        {"marketing_hours": {"mon": ["9-20"]}},
        {"marketing_hours": {"mon": ["20:00-09:00"]}},
        {"marketing_hours": {"mon": ["09:00-25:00"]}},
        {"marketing_hours": {"mon": ["09:00-13:00", "12:00-20:00"]}},
        {"seasons": [{"first": "2026-02-02", "last": "2026-02-01", "marketing_hours": {}}]},
        {"quiet": "yes"},
    ],
)
def test_mistakes_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        profile(**fields)


def test_a_later_folder_replaces(tmp_path: Path) -> None:
    (tmp_path / "IT.yaml").write_text("locale: it\nzone: Europe/Rome\nformality: formal\ntone: prestige\n", "utf-8")
    found = load_markets([SHIPPED, tmp_path])
    assert (found["IT"].formality, found["ES"]) == ("formal", MARKETS["ES"])
    assert load_markets([tmp_path / "absent"]) == {}


def test_a_file_that_is_no_country(tmp_path: Path) -> None:
    (tmp_path / "italy.yaml").write_text("locale: it\n", "utf-8")
    with pytest.raises(DocumentError, match="named by its country"):
        load_markets([tmp_path])


@pytest.mark.parametrize(
    ("phone", "market", "zone"),
    [
        (None, "IT", "Europe/Rome"),
        ("+393331234567", "IT", "Europe/Rome"),
        ("+447911123456", "GB", "Europe/London"),
        ("+12125550123", "US", "America/New_York"),
        ("+18082345678", "US", "Pacific/Honolulu"),
        ("+17872345678", "US", "America/Puerto_Rico"),
        (TOLL_FREE, "US", "America/New_York"),
        ("+919876543210", "IT", "Asia/Calcutta"),
        (SATELLITE, "IT", "Europe/Rome"),
        ("nonsense", "IT", "Europe/Rome"),
    ],
)
def test_zone_for(phone: str | None, market: str, zone: str) -> None:
    assert zone_for(phone, MARKETS[market]) == zone


def test_candidates() -> None:
    assert set(candidate_zones("+447911123456", MARKETS["GB"])) >= {"Europe/London", "Europe/Jersey"}
    assert "Pacific/Guam" not in candidate_zones(TOLL_FREE, MARKETS["US"])
    assert candidate_zones(None, MARKETS["US"]) == MARKETS["US"].zones
    assert set(candidate_zones("+34612345678", MARKETS["ES"])) == {"Europe/Madrid", "Atlantic/Canary"}


def test_a_zone_that_was_set_stands_alone() -> None:
    spain = MARKETS["ES"]
    assert zones_to_respect("Atlantic/Canary", "+34612345678", spain) == ("Atlantic/Canary",)
    assert len(zones_to_respect("Europe/Madrid", "+34612345678", spain)) == 2
    assert zones_to_respect("America/New_York", None, MARKETS["US"]) == MARKETS["US"].zones
