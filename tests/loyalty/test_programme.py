"""The programme's schema and the demo programme."""

from pathlib import Path

import pytest

from loyalty.programme import MarketRules, Programme, load, template_for
from storage.documents import DocumentError

DEMO = Path(__file__).parents[2] / "programmes" / "demo" / "programme.yaml"
LOCALES = DEMO.parents[2] / "locales"


@pytest.fixture(scope="module")
def demo() -> Programme:
    return load(DEMO)


def test_demo_serves_its_markets(demo: Programme) -> None:
    assert list(demo.markets) == ["IT", "ES", "BR", "DE", "AE", "IN", "JP", "CN", "US"]
    italy = demo.market("IT")
    assert italy.earn is not None
    assert (italy.currency, italy.earn.points, italy.earn.per, italy.birthday.points) == ("EUR", 1, 100, 50)
    assert [step.at for step in italy.milestones.purchases] == [5, 10]
    assert italy.milestones.points[0].at == 500


def test_markets_differ_visibly(demo: Programme) -> None:
    assert len({rules.modules for rules in demo.markets.values()}) >= 7
    assert not demo.market("AE").has("points")
    assert {"cashback", "referral"} <= demo.market("BR").modules
    assert not {"tiers", "cashback"} & demo.market("DE").modules
    assert demo.market("CN").reward("tea_service").tiers == ("dragon",)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("market", "earn", "pending", "expiry", "referral", "birthday"),
    [
        ("IT", (1, 100), 14, 365, (500, 250, 2500), (50, 0, "feb28")),
        ("ES", (1, 100), 14, 365, (500, 250, 2500), (50, 0, "feb28")),
        ("DE", (1, 100), 14, 1095, (500, 250, 2500), (50, 16, "mar01")),
        ("BR", (1, 500), 7, 365, (500, 250, 10000), (50, 0, "feb28")),
        ("US", (1, 100), 30, 365, (500, 250, 2500), (50, 13, "feb28")),
    ],
)
def test_rates_that_transcripts_rest_on(
    demo: Programme, market: str, earn: object, pending: int, expiry: int, referral: object, birthday: object
) -> None:
    rules = demo.market(market)
    assert rules.earn is not None
    assert (rules.earn.points, rules.earn.per) == earn
    assert (rules.pending_days, rules.expiry_days) == (pending, expiry)
    assert (rules.referral.referrer, rules.referral.friend, rules.referral.min_order) == referral
    assert (rules.birthday.points, rules.birthday.minimum_age, rules.birthday.leap_day) == birthday
    assert [(step.at, step.points) for step in rules.milestones.purchases] == [(5, 100), (10, 250)]
    assert [(step.at, step.points) for step in rules.milestones.points] == [(500, 50), (2000, 250)]


def test_a_block_switches_its_module_on_and_off_switches_it_off(demo: Programme) -> None:
    italy = demo.market("IT")
    assert italy.modules == {
        *("birthday", "coupons", "milestones", "points", "referral", "rewards", "stamps", "tiers"),
    }
    fewer = MarketRules.model_validate({**italy.model_dump(), "off": ["stamps", "balance"]})
    assert not fewer.has("stamps")
    assert fewer.stamps
    assert fewer.hides("cards", "stamps")
    assert fewer.hides("balance", None)
    assert not fewer.hides("menu", None)
    assert not fewer.hides("rewards", "rewards")


def test_things_by_name(demo: Programme) -> None:
    italy = demo.market("IT")
    coupon, reward, card = italy.coupon("five_euro"), italy.reward("tote"), italy.card("coffee")
    assert coupon is not None and (coupon.money, coupon.stackable) == (500, True)
    assert reward is not None and (reward.points, reward.money) == (300, 500)
    assert card is not None and (card.needed, card.per_day, card.coupon) == (10, 2, "free_coffee")
    assert italy.coupon("x") is italy.reward("x") is italy.card("x") is None


def test_unknown_market_has_the_default_rules(demo: Programme) -> None:
    assert demo.market("FR") == demo.market(demo.default_market)


def test_demo_has_a_template_in_each_language(demo: Programme) -> None:
    for flow in ("birthday", "milestone"):
        assert set(demo.templates[flow]) == {file.parent.name for file in LOCALES.glob("*/phrases.yaml")}
        assert len(set(demo.templates[flow].values())) == 13


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
        ("default_market: IT", "default_market: FR", "default_market FR"),
        ("leap_day: feb28", "leap_day: feb29", "leap_day"),
        ("name: free_coffee", "name: ten_off", "used twice"),
        ("coupon: free_coffee", "coupon: free_cofee", "did you mean free_coffee"),
        ("tiers: [gold]", "tiers: [golden]", "did you mean gold"),
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
    assert rules.modules == {"birthday"}
    assert (rules.expiry_days, rules.birthday.leap_day, rules.off) == (365, "feb28", frozenset())


@pytest.mark.parametrize(
    ("locale", "found"),
    [("pt_BR", "b"), ("pt_PT", None), ("it", "i"), ("it_CH", "i"), ("it_CH@formal", "i"), ("en", None), ("pt", None)],
)
def test_template_is_only_of_the_same_language(locale: str, found: str | None) -> None:
    assert template_for({"birthday": {"it": "i", "pt_BR": "b"}}, "birthday", locale) == found


def test_no_template_for_an_unknown_flow() -> None:
    assert template_for({}, "birthday", "it") is None
