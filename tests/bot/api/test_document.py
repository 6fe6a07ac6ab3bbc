"""The API holds what its document says, whatever is asked: schemathesis over a real server with a shop behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from schemathesis.config import (
    GenerationConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.schemas import BaseSchema

from bot.api import build_api
from storage.database import Database
from tests.bot.api.served import Served, served
from tests.builders import Clock, world

EXAMPLES = 15
pytestmark = pytest.mark.xdist_group("document")
_QUIETLY = settings(
    max_examples=EXAMPLES, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("served") / "shop.db"
    path.write_bytes(sqlite_template.read_bytes())
    with served(f"sqlite:///{path}") as found:
        yield found


def loaded(*modes: GenerationMode) -> BaseSchema:
    """The document, to make requests of these modes from."""
    document = build_api(Database("sqlite:///:memory:"), world(), Clock()).openapi()
    generation = GenerationConfig(modes=list(modes), max_examples=EXAMPLES, deterministic=True)
    config = SchemathesisConfig(seed=7, projects=ProjectsConfig(default=ProjectConfig(generation=generation)))
    return schemathesis.openapi.from_dict(document, config=config)


@loaded(*GenerationMode).parametrize()
@_QUIETLY
def test_whatever_is_asked(case: Case, shop: Served) -> None:
    shop.forgive()
    assert shop.asked(case).status_code < 500


@loaded(GenerationMode.POSITIVE).parametrize()
@_QUIETLY
def test_what_is_there(case: Case, shop: Served) -> None:
    shop.forgive()
    dice = Random(repr((case.path_parameters, case.query, case.body)))
    case.path_parameters = _named(case.path_parameters, shop, dice)
    if isinstance(case.body, dict):
        case.body = _named(case.body, shop, dice, coupon="/coupons/" in case.path)
    assert shop.asked(case).status_code < 500


def test_every_operation_was_done_and_refused(shop: Served) -> None:
    """Of the operations asked in this module. (A card stamped today is not stamped again in these tests.)"""
    idle = {name for name, found in shop.statuses.items() if 200 not in found}
    assert idle <= {"POST /v1/stamps"}
    assert all({401, 405} <= found for found in shop.statuses.values())


def _named(row: Any, shop: Served, dice: Random, *, coupon: bool = False) -> Any:
    """The row with things that there are: mostly in all of its fields that can name one, else in some."""
    places = {**shop.known, "code": shop.known["coupon" if coupon else "reward_code"]}
    places |= {"order_id": places["order_id"][:1]} if coupon else {}
    often = dice.choice((4, 4, 4, 2))
    return {
        name: dice.choice(places[name]) if name in places and dice.randrange(4) < often else value
        for name, value in row.items()
    }
