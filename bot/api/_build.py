"""The API as an application: its routes, its document, and every refusal as a problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.api import coupons, members, payments, purchases, rewards, stamps
from bot.api._call import Door
from bot.api._guard import Guard
from bot.api._problems import Problem, ProblemBody, Wrong
from bot.handlers import World
from loyalty.purchasing import UnknownOrder
from loyalty.work import LoyaltyError
from storage.database import Database, Rejected, StorageError

_log = structlog.get_logger()
ROUTERS = tuple(module.router for module in (members, purchases, rewards, payments, coupons, stamps))
_MOST_ERRORS = 20
_UNKNOWN = "(unknown)"
_ABOUT = "For tills, shops and whoever speaks for them. How to begin: docs/api.md of the project."


class Api(FastAPI):
    """The application; its document also knows what a problem looks like."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            shape = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas |= {**shape.pop("$defs", {}), "Problem": shape}
        assert self.openapi_schema is not None
        return self.openapi_schema


def build_api(database: Database, world: World, clock: Callable[[], int]) -> FastAPI:
    """The API over a database and a programme. `clock` gives microseconds UTC."""
    api = Api(
        title=f"{world.programme.name}: the till's API",
        description=_ABOUT,
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_name_of,
    )
    api.state.door = Door(database, world, clock)
    for router in ROUTERS:
        api.include_router(router, prefix="/v1")
    api.add_middleware(Guard)
    handlers: dict[type[Exception], Callable[[Request, Any], Any]] = {
        Problem: _refused,
        HTTPException: _of_framework,
        RequestValidationError: _invalid,
        UnknownOrder: _unknown,
        LoyaltyError: _not_possible,
        StorageError: _unavailable,
        Exception: _failed,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)
    return api


def _name_of(route: APIRoute) -> str:
    return route.name


async def _refused(_: Request, problem: Problem) -> Response:
    return problem.response()


async def _of_framework(_: Request, error: HTTPException) -> Response:
    return Problem.of_status(error.status_code, error.headers).response()


async def _invalid(_: Request, error: RequestValidationError) -> Response:
    """What pydantic found, the first of it. Values are not repeated: they may be a phone or a code."""
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return Problem("malformed", "The body is no JSON.").response()
    if any(one["loc"][:2] == ("header", "idempotency-key") for one in found):
        return Problem("idempotency-key-missing").response()
    errors = [Wrong(where=_place(one), why=str(one["msg"])) for one in found[:_MOST_ERRORS]]
    return Problem("invalid", errors=errors).response()


def _place(error: Mapping[str, Any]) -> str:
    """The path of a field. One that we do not know is not named: its name is a value that was sent."""
    path = [str(step) for step in error["loc"]]
    return ".".join([*path[:-1], _UNKNOWN] if error["type"] == "extra_forbidden" else path)


async def _unknown(_: Request, error: UnknownOrder) -> Response:
    return Problem("not-found", str(error)).response()


async def _not_possible(_: Request, error: LoyaltyError) -> Response:
    return Problem("not-possible", str(error)).response()


async def _unavailable(_: Request, error: StorageError) -> Response:
    """A database that is away is back soon; one that refuses what we write will do so again."""
    _log.warning("the API's database failed", error=type(error).__name__, why=str(error))
    if isinstance(error, Rejected):
        return Problem("internal").response()
    return Problem("unavailable", headers={"Retry-After": "1"}).response()


async def _failed(_: Request, error: Exception) -> Response:
    _log.error("the API failed", error=type(error).__name__)
    return Problem("internal").response()
