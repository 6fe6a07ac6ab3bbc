"""The programme's schema and the demo programme."""

from pathlib import Path

import pytest

from loyalty.programme import MarketRules, Programme, load, template_for
from storage.documents import DocumentError

DEMO = Path(__file__).parents[2] / "programmes" / "demo" / "programme.yaml"


@pytest.fixture(scope="module")
def demo() -> Programme:
    return load(DEMO)


def test_demo_serves_its_markets(demo: Programme) -> None:
    assert list(demo.markets) == ["IT", "ES", "BR", "EG", "AE", "US", "GB", "DE"]
    italy = demo.market("IT")
    assert (italy.currency, italy.earn.points, italy.earn.per, italy.birthday.points) == ("EUR", 1, 100, 50)
    assert [step.at for step in italy.milestones.purchases] == [5, 10]
    assert italy.milestones.points[0].at == 500


def test_unknown_market_has_the_default_rules(demo: Programme) -> None:
    assert demo.market("JP") == demo.market(demo.default_market)


def test_demo_has_a_template_in_each_language(demo: Programme) -> None:
    for flow in ("birthday", "milestone"):
        assert set(demo.templates[flow]) == {"it", "en", "es", "pt_BR", "ar"}
        assert len(set(demo.templates[flow].values())) == 5


def _write(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "programme.yaml"
    text = DEMO.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("currency: EUR", "currency: EURO", "ISO 4217"),
        ("default_market: IT", "default_market: JP", "default_market JP"),
        ("leap_day: feb28", "leap_day: feb29", "leap_day"),
        ("{at: 5, points: 100}", "{at: 15, points: 100}", "must rise"),
        ("telegram, whatsapp, sms", "telegram, telegram", "listed twice"),
        ("pending_days: 14", "pending_day: 14", "pending_day"),
        ("points: 1, per: 100", "points: 1, per: 0", "per"),
        ("points: 1, per: 100", "points: 1.5, per: 100", "points"),
        ("it: HX", "it: HY", "templates"),
    ],
)
def test_mistakes_are_refused_with_their_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(DocumentError, match=rf"programme\.yaml:\d+: .*{said}"):
        load(_write(tmp_path, old, new))


def test_points_that_never_lapse(tmp_path: Path) -> None:
    assert load(_write(tmp_path, "expiry_days: 365", "expiry_days: never")).market("IT").expiry_days is None


def test_defaults_of_a_short_market() -> None:
    rules = MarketRules.model_validate({"currency": "JPY", "channels": ["sms"]})
    assert (rules.expiry_days, rules.birthday.leap_day, rules.off) == (365, "feb28", frozenset())


@pytest.mark.parametrize(
    ("locale", "found"),
    [("pt_BR", "b"), ("pt_PT", None), ("it", "i"), ("it_CH", "i"), ("it_CH@formal", "i"), ("en", None), ("pt", None)],
)
def test_template_is_only_of_the_same_language(locale: str, found: str | None) -> None:
    assert template_for({"birthday": {"it": "i", "pt_BR": "b"}}, "birthday", locale) == found


def test_no_template_for_an_unknown_flow() -> None:
    assert template_for({}, "birthday", "it") is None
