"""Do the parts of a programme agree: every disagreement is found, where it stands."""

from pathlib import Path
from typing import Any

import pytest

from loyalty.consistency import Problem, problems
from loyalty.programme import load, read
from loyalty.rules import MODULES, Programme
from storage.documents import DocumentError

PROGRAMMES = Path(__file__).parents[2] / "programmes"
LOCALES = ("en", "it", "es", "pt_BR", "ar")
GOLD = {"levels": [{"name": "base", "title": "Base", "at": 0}, {"name": "gold", "title": "Gold", "at": 100}]}
FREE = {"name": "free", "title": "Free", "gift": "one"}
CARD = {"name": "card", "title": "Card", "coupon": "free"}


def programme(**rules: Any) -> Programme:
    market = {"currency": "EUR", "channels": ["sms"], **rules}
    known = {"name": "Shop", "brand": {"contact": "c", "hours": "h"}, "terms": {"version": "1"}}
    return Programme.model_validate({**known, "default_market": "IT", "markets": {"IT": market}})


def found(made: Programme, **known: Any) -> list[tuple[str, str]]:
    return [(".".join(map(str, one.keys[2:])), one.level) for one in problems(made, **known)]


def desk(**rules: Any) -> Programme:
    """A programme with these rules of its desk, and the approved templates they may name."""
    made = programme().model_dump(mode="json", exclude_unset=True)
    reopen = {"it": "HX" + "0" * 32, "pt": "HX" + "1" * 32}
    return Programme.model_validate({**made, "desk": rules, "templates": {"reopen": reopen}})


def told(made: Programme, **known: Any) -> list[tuple[str, str, str]]:
    return [(".".join(map(str, one.keys)), one.level, one.what) for one in problems(made, **known)]


def reward(**fields: Any) -> dict[str, Any]:
    return {"name": "one", "title": "One", **fields}


EARN = {"points": 1, "per": 100}
CAMPAIGN = {"name": "c", "title": "C", "percent": 200, "first": "2026-01-01", "last": "2026-01-02"}


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ({"stamps": [CARD]}, "stamps.0.coupon"),
        ({"stamps": [CARD], "coupons": [FREE], "off": ["coupons"]}, "stamps.0.coupon"),
        ({"birthday": {"coupon": "free"}}, "birthday.coupon"),
        ({"occasions": [{"name": "o", "title": "O", "month": 1, "day": 6, "coupon": "f"}]}, "occasions.0.coupon"),
        ({"milestones": {"purchases": [{"at": 5, "coupon": "free"}]}}, "milestones.purchases.0.coupon"),
        ({"earn": EARN, "milestones": {"points": [{"at": 5, "coupon": "f"}]}}, "milestones.points.0.coupon"),
        ({"rewards": [reward(tiers=["gold"])]}, "rewards.0.tiers"),
        ({"rewards": [reward(tiers=["golf"])], "tiers": {**GOLD, "counts": "spend"}}, "rewards.0.tiers"),
        ({"rewards": [reward(tiers=["gold"])], "tiers": GOLD, "off": ["tiers"]}, "rewards.0.tiers"),
        (
            {"earn": EARN, "rewards": [reward(points=9, early={"tiers": ["gold"], "until": "2027-01-01"})]},
            "rewards.0.early.tiers",
        ),
        ({"earn": {**EARN, "campaigns": [{**CAMPAIGN, "tiers": ["gold"]}]}}, "earn.campaigns.0.tiers"),
        ({"birthday": {"points": 50}}, "birthday.points"),
        ({"birthday": {"points": 50}, "earn": EARN, "off": ["points"]}, "birthday.points"),
        ({"referral": {"referrer": 5}}, "referral.referrer"),
        ({"referral": {"friend": 5}}, "referral.friend"),
        ({"occasions": [{"name": "o", "title": "O", "month": 1, "day": 6, "points": 9}]}, "occasions.0.points"),
        ({"milestones": {"purchases": [{"at": 5, "points": 9}]}}, "milestones.purchases.0.points"),
        ({"milestones": {"points": [{"at": 5, "coupon": "free"}]}, "coupons": [FREE]}, "milestones.points"),
        ({"rewards": [reward(points=9)]}, "rewards.0.points"),
        ({"tiers": GOLD}, "tiers.counts"),
        ({"earn": EARN, "redeem": {"minimum": 500, "maximum": 400}}, "redeem.minimum"),
        ({"earn": {**EARN, "campaigns": [CAMPAIGN, CAMPAIGN]}}, "earn.campaigns.1.name"),
        ({"earn": EARN, "rewards": [reward(points=9, first="2027-02-01", last="2027-01-31")]}, "rewards.0.last"),
        (
            {
                "earn": EARN,
                "tiers": GOLD,
                "rewards": [reward(points=9, first="2027-02-01", early={"tiers": ["gold"], "until": "2027-02-01"})],
            },
            "rewards.0.early",
        ),
        ({"occasions": [{"name": "o", "title": "O", "month": 2, "day": 30}]}, "occasions.0.day"),
    ],
)
def test_errors(rules: dict[str, Any], where: str) -> None:
    assert found(programme(**rules)) == [(where, "error")]


@pytest.mark.parametrize(
    "rules",
    [
        {},
        {"stamps": [CARD], "coupons": [FREE]},
        {"stamps": [CARD], "off": ["stamps"]},
        {"birthday": {"points": 50}, "off": ["birthday"]},
        {"milestones": {"points": [{"at": 5, "points": 1}]}, "off": ["milestones"]},
        {"tiers": GOLD, "off": ["tiers"]},
        {"tiers": {**GOLD, "counts": "purchases"}, "rewards": [reward(tiers=["gold"])]},
        {"earn": EARN, "occasions": [{"name": "o", "title": "O", "month": 2, "day": 29, "points": 1}]},
        {"earn": EARN, "redeem": {"minimum": 500, "maximum": 500}},
    ],
)
def test_what_agrees(rules: dict[str, Any]) -> None:
    assert found(programme(**rules)) == []


def test_what_brings_nothing_is_only_warned_of() -> None:
    levels = [GOLD["levels"][0], {**GOLD["levels"][1], "percent": 125}]
    made = programme(tiers={"counts": "spend", "levels": levels}, milestones={"purchases": [{"at": 5}]})
    assert found(made) == [("tiers.levels.1.percent", "warning"), ("milestones.purchases.0", "warning")]


def test_a_misspelt_name_in_off_gets_a_near_one() -> None:
    made = programme(off=["stmaps", "referal", "birthday"])
    assert found(made) == []
    told = [one.what for one in problems(made, flows=frozenset({"referral_reward"}))]
    assert told == [
        "referal is no module and no flow; did you mean referral?",
        "stmaps is no module and no flow; did you mean stamps?",
    ]


@pytest.mark.parametrize("name", [*MODULES, "balance"])
def test_modules_and_flows_may_be_off(name: str) -> None:
    assert found(programme(off=[name]), flows=frozenset({"balance"})) == []


def test_templates_of_no_flow() -> None:
    made = programme()
    made = made.model_copy(update={"templates": {"birthdy": {"it": "HX" + "0" * 32}}})
    assert found(made) == []
    ((one),) = problems(made, flows=frozenset({"birthday"}))
    assert (one.keys, one.level) == (("templates", "birthdy"), "warning")
    assert "did you mean birthday?" in one.what


def answer(text: Any, **fields: Any) -> dict[str, Any]:
    return {"name": "one", "title": "One", "text": text, **fields}


LATE = {"name": "late", "title": "Late"}


@pytest.mark.parametrize(
    ("rules", "where", "what"),
    [
        (
            {"canned": [answer({"en": "Hello {name}", "it": "Ciao {nome}"})]},
            "desk.canned.0.text.it",
            "nothing fills {nome}; did you mean name?",
        ),
        ({"canned": [answer("Hello {name")]}, "desk.canned.0.text.und", "a brace without its partner"),
        ({"canned": [answer("Hello name}")]}, "desk.canned.0.text.und", "a brace without its partner"),
        ({"canned": [answer("{{name}}")]}, "desk.canned.0.text.und", "a brace without its partner"),
        ({"canned": [answer("{}")]}, "desk.canned.0.text.und", "nothing fills {}"),
        ({"canned": [answer("a"), answer("b")]}, "desk.canned.1.name", "one: a name is used twice"),
        ({"labels": ["shop", "points", "shop"]}, "desk.labels.2", "shop: a name is used twice"),
        ({"goodwill": {"reasons": [LATE, LATE]}}, "desk.goodwill.reasons.1.name", "late: a name is used twice"),
        ({"idle_minutes": 5}, "desk.warning_minutes", "5 is not less than the 5 of idle_minutes"),
        (
            {"idle_minutes": 10, "warning_minutes": 30},
            "desk.warning_minutes",
            "30 is not less than the 10 of idle_minutes",
        ),
    ],
)
def test_errors_of_the_desk(rules: dict[str, Any], where: str, what: str) -> None:
    assert told(desk(**rules)) == [(where, "error", what)]


def test_a_desk_that_agrees() -> None:
    text = "{name} {points} {tier} {staff} {contact} {brand}"
    rules = {"idle_minutes": 6, "labels": ["a", "b"], "canned": [answer(text), answer("x", name="two")]}
    made = desk(**rules, goodwill={"limits": {"agent": 5}, "reasons": [LATE]}, templates=["reopen"])
    assert told(made, flows=frozenset({"reopen"}), locales=("it", "pt_BR")) == []


def test_templates_of_the_desk() -> None:
    made = desk(templates=["reopn", "csat", "reopen"])
    known = {"flows": frozenset({"reopen", "csat"}), "locales": ("it", "en", "pt_BR", "ar")}
    assert told(made, **known) == [
        ("desk.templates.0", "error", "there is no flow reopn; did you mean reopen?"),
        ("desk.templates.1", "warning", "csat has no approved template: staff cannot send it"),
        ("desk.templates.2", "warning", "reopen has no approved template in en, ar"),
    ]
    assert [level for _, level, _ in told(made)] == ["warning", "warning"]


def test_goodwill_that_nobody_can_give_and_words_that_lack_a_locale() -> None:
    goodwill = {"limits": {"agent": 5}}
    assert told(desk(goodwill=goodwill)) == [
        ("desk.goodwill.limits", "warning", "without reasons nobody can give points")
    ]
    reasons = [{"name": "late", "title": {"en": "Late"}}]
    made = desk(canned=[answer({"it": "Ciao"}, title={"it": "Saluto"})], goodwill={**goodwill, "reasons": reasons})
    assert told(made, locales=("en", "it")) == [
        ("desk.canned.0.title", "warning", "no words in en"),
        ("desk.canned.0.text", "warning", "no words in en"),
        ("desk.goodwill.reasons.0.title", "warning", "no words in it"),
    ]


@pytest.mark.parametrize(("hours", "expected"), [({}, 1), ({"mon": []}, 1), ({"mon": ["09:00-13:00"]}, 0)])
def test_a_market_without_office_hours(hours: dict[str, Any], expected: int) -> None:
    assert found(programme(support={"hours": hours})) == [("support.hours", "warning")] * expected


def test_markets_need_a_profile() -> None:
    levels = [one.level for one in problems(programme(), profiles={"ES"})]
    assert levels == ["error", "warning"]
    assert problems(programme(), profiles={"IT"}) == []


def test_words_that_lack_a_locale() -> None:
    made = programme(
        earn=EARN,
        coupons=[{"name": "a", "title": {"en": "A", "pt": "A"}, "gift": "x"}],
        tiers={"levels": [{"name": "base", "title": "Base", "at": 0, "benefits": [{"it": "tè"}]}]},
    )
    told = {".".join(map(str, one.keys[2:])): one.what for one in problems(made, locales=("en", "it", "pt_BR"))}
    assert told == {"coupons.0.title": "no words in it", "tiers.levels.0.benefits.0": "no words in en, pt_BR"}
    assert found(programme(coupons=[{**FREE, "title": {"en": "F"}}], off=["coupons"]), locales=("it",)) == []


@pytest.mark.parametrize("name", ["demo", "retail", "services"])
def test_shipped_programmes_agree(name: str) -> None:
    made, _ = read(PROGRAMMES / name / "programme.yaml")
    flows = frozenset(made.templates)
    assert problems(made, flows=flows, locales=LOCALES) == []


def test_a_problem_says_its_line() -> None:
    path = PROGRAMMES / "retail" / "programme.yaml"
    _, document = read(path)
    lines = path.read_text().splitlines()
    number = next(at for at, line in enumerate(lines, 1) if line.strip().startswith("birthday:"))
    told = Problem(("markets", "IT", "birthday", "coupon"), "what").at(document)
    assert told == f"{path}:{number}: markets.IT.birthday.coupon: what"


def test_loading_refuses_every_error_at_once(tmp_path: Path) -> None:
    path = tmp_path / "programme.yaml"
    text = (PROGRAMMES / "retail" / "programme.yaml").read_text()
    text = text.replace("coupon: ten_off}", "coupon: ten}").replace("minimum: 500,", "minimum: 500, maximum: 9,")
    path.write_text(text.replace("channels: [", "off: [stmaps]\n    channels: ["))
    with pytest.raises(DocumentError) as caught:
        load(path)
    told = str(caught.value).splitlines()
    assert len(told) == 2
    assert all(line.startswith(f"{path}:") for line in told)
    with pytest.raises(DocumentError, match="did you mean stamps"):
        load(path, frozenset())
