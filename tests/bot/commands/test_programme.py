"""`bentornato programme`: problems with their lines, a market on a page, the schema; what the docs page promises."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import build
from bot.app import SHIPPED
from loyalty import schema
from loyalty.rules import Programme

PAGE = Path(__file__).parents[3] / "docs" / "programme.md"
RETAIL = (SHIPPED / "programmes" / "retail" / "programme.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BENTORNATO_LOCALES", "en,it,es,pt_BR,ar")


def programme(*words: str | Path) -> Result:
    return CliRunner().invoke(build("programme"), ["programme", *map(str, words)])


def written(tmp_path: Path, old: str, new: str) -> Path:
    path = tmp_path / "own" / "programme.yaml"
    path.parent.mkdir(exist_ok=True)
    assert old in RETAIL
    path.write_text(RETAIL.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "served"), [("demo", "9 markets"), ("retail", "1 market"), ("services", "1 market")])
def test_what_ships_is_good(name: str, served: str) -> None:
    done = programme("check", SHIPPED / "programmes" / name / "programme.yaml")
    assert (done.exit_code, done.output) == (0, f"{served}, all good\n")


def test_without_a_file_it_is_the_active_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert programme("check").output == "9 markets, all good\n"
    path = written(tmp_path, "coupon: ten_off", "coupon: twenty_off")
    monkeypatch.setenv("BENTORNATO_FOLDER", str(path.parent))
    done = programme("check")
    assert done.exit_code == 1
    assert done.output.startswith(f"{path}:")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("points: 1, per: 100", "points: 1, per: none", "markets.IT.earn.per: "),
        ("coupon: ten_off", "coupon: ten_of", "there is no coupon ten_of in this market; did you mean ten_off?"),
        ("channels: [", "off: [referal]\n    channels: [", "referal is no module and no flow; did you mean referral?"),
        ("earn: {points: 1, per: 100}", "guest_days: 30", "points, but this market has no points"),
        ("default_market: IT", "default_market: ES", "default_market ES is not one of the markets"),
        ("    birthday:", "    birthdy:", "birthdy"),
    ],
)
def test_errors_are_told_with_their_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    path = written(tmp_path, old, new)
    done = programme("check", path)
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert all(re.match(f"(warning: )?{re.escape(str(path))}:[0-9]+: ", line) for line in lines)
    assert told in done.output


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = programme("check", tmp_path / "none.yaml")
    assert (done.exit_code, "none.yaml:1: cannot be read" in done.output) == (1, True)


def test_warnings_pass(tmp_path: Path) -> None:
    path = written(tmp_path, "title: {en: Gold, it: Oro, es: Oro, pt_BR: Ouro, fr: Or,", "title: {en: Gold,")
    done = programme("check", path)
    assert done.exit_code == 0
    warning, summary = done.output.splitlines()
    assert re.fullmatch(r"warning: .*:\d+: markets\.IT\.tiers\.levels\.2\.title: no words in es, it, pt_BR", warning)
    assert summary == "1 market, 1 warning"


def test_a_market_without_a_profile(tmp_path: Path) -> None:
    path = written(tmp_path, "\n  IT:\n", "\n  PT:\n")
    path.write_text(path.read_text().replace("default_market: IT", "default_market: PT"))
    assert "there is no markets/PT.yaml" in programme("check", path).output
    own = path.parent / "markets"
    own.mkdir()
    (own / "PT.yaml").write_text("locale: pt\nzone: Europe/Lisbon\nformality: formal\ntone: warm\n")
    assert programme("check", path).output == "1 market, all good\n"


def test_a_market_on_a_page() -> None:
    done = programme("show", "--market", "it", "--locale", "it")
    assert done.exit_code == 0
    page = done.output.replace("\xa0", " ")
    for expected in (
        "Bentornato in Italy (IT)",
        "an order of 25,00 € brings 25 points",
        "pending for 14 days",
        "they lapse after 365 days",
        "Argento: from 500, 110% of the points",
        "Tessera del caffè: 10 stamps",
        "Buono da 5 €: 5,00 € off",
        "Borsa di cotone: 300 points and 5,00 €",
        "20 in stock",
        "until 2027-01-31 for Oro only",
        "500 points for who invites, 250 for the friend",
        "purchase number 5: 100 points",
        "telegram, then whatsapp, then sms",
        "cashback, occasions",
    ):
        assert expected in page


@pytest.mark.parametrize(
    ("market", "locale", "expected"),
    [
        ("AE", "en", ("Pearl: from AED 3,000.00", "Private preview: costs nothing", "Saffron coffee", "2027-03-10")),
        ("BR", "pt_BR", ("an order of R$ 125,00 brings 25 points", "2.50% of a purchase", "R$ 3,12 of R$ 125,00")),
        ("DE", "en", ("they lapse after 1095 days", "€1.00 for every 100 points", "from the age of 16")),
        ("US", "en", ("Double points weekend: 200% of the points, 2026-11-27 to 2026-11-30", "$25.00 brings 25")),
        ("JP", "ja", ("2,500", "桜のカップ", "every year on 01-01")),
        ("CN", "zh_Hans", ("限量编号茶具: 8000 points", "春节, 2026-02-17")),
        ("IN", "hi", ("चाय कार्ड: 8 stamps", "दिवाली, 2026-11-08")),
        ("ES", "es", ("Día de Reyes", "60 points + Una porción de roscón")),
    ],
)
def test_every_market_in_its_language(market: str, locale: str, expected: tuple[str, ...]) -> None:
    done = programme("show", "--market", market, "--locale", locale)
    assert done.exit_code == 0
    page = done.output.replace("\xa0", " ")
    assert [one for one in expected if one not in page] == []


def test_the_locale_is_the_markets_unless_said() -> None:
    assert "Fiesta" not in programme("show", "--market", "ES").output
    assert "Día de Reyes" in programme("show", "--market", "ES").output
    assert "in Italy (IT)" in programme("show").output


def test_no_page_for_a_market_that_is_not_there_or_a_broken_file(tmp_path: Path) -> None:
    done = programme("show", "--market", "FR")
    assert (done.exit_code, "there is no market FR" in done.output) == (2, True)
    path = written(tmp_path, "coupon: ten_off", "coupon: ten_of")
    done = programme("show", "--file", path)
    assert (done.exit_code, "did you mean ten_off" in done.output) == (1, True)


def test_the_schema_is_printed() -> None:
    assert programme("schema").output == schema.text()


def test_the_docs_example_is_complete(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "programme.yaml"
    path.write_text(example, encoding="utf-8")
    assert programme("check", path).output == "1 market, all good\n"


def test_the_docs_name_every_key() -> None:
    words = set(re.findall(r"\w+", PAGE.read_text(encoding="utf-8")))
    made = Programme.model_json_schema()
    keys = {name for one in [made, *made["$defs"].values()] for name in one.get("properties", ())}
    assert keys - words == set()
