"""The desk as an application: its routes behind the guard, its files, and the brand's look."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.desk._context import DeskContext
from bot.desk._guard import Cookies, Guard, Headers
from bot.desk._nav import nav
from bot.desk._routes import DeskRoute, checked, discover
from bot.desk._sessions import Sessions
from bot.desk._static import files


def build_desk(desk: DeskContext, routes: Iterable[DeskRoute] | None = None) -> FastAPI:
    """The application to mount at /desk, with every route of the folder unless some are given.

    A route without a rule, or two that clash, fail here.
    """
    cookies = Cookies(desk.settings.public_url.startswith("https://"))
    wears = {"brand": desk.world.programme.name, "version": _version(), "nav": nav, "cookies": cookies}
    sessions = Sessions(desk.database, desk.hub.sign_out) if desk.hub is not None else Sessions(desk.database)
    guard = Guard(desk, sessions, cookies, wears)
    app = FastAPI(title="The desk", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.routes = discover(desk) if routes is None else checked(routes)
    for route in app.state.routes:
        name = f"{route.method} {route.path}"
        app.router.routes.append(Route(route.path, guard.endpoint(route), methods=[route.method], name=name))
    app.add_middleware(Headers, is_https=cookies.is_https)
    _answer_errors(app, guard)
    return app


def _answer_errors(app: FastAPI, guard: Guard) -> None:
    async def lost(request: Request, error: Any) -> Response:
        return await guard.lost(request, error.status_code)

    app.add_exception_handler(HTTPException, lost)


def _version() -> str:
    """Changes with the files of the desk."""
    return hashlib.sha256(b"".join(content for _, content in sorted(files().values()))).hexdigest()[:12]
