"""/export: a member's own data, by a link that gives them once.

Opening the link shows a button and uses nothing, since chats open links to make a preview; the button gives the file.
The page has no words of its own, so that it needs no language.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.handlers import World
from loyalty import exporting
from loyalty.work import Work
from storage.database import Database, Transaction

_HERE = Path(__file__).parent
_FILE = "bentornato.json"
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


class ExportPage:
    """The routes of /export."""

    def __init__(self, database: Database, world: World, clock: Callable[[], int]) -> None:
        self._database = database
        self._world = world
        self._clock = clock
        environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._template = environment.get_template("export.html")

    def routes(self) -> list[Route]:
        """What build_web adds to the application."""
        return [
            Route("/export/{token}", self._show, methods=["GET"]),
            Route("/export/{token}", self._give, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        token = request.path_params["token"]
        is_open = await self._database.read(lambda transaction: exporting.is_open(self._work(transaction), token))
        return self._page(200, _FILE) if is_open else self._page(404, None)

    async def _give(self, request: Request) -> Response:
        token = request.path_params["token"]
        found = await self._database.read(lambda transaction: exporting.of_link(self._work(transaction), token))
        if found is None or not await self._database.write(lambda one: exporting.use_link(self._work(one), token)):
            return self._page(404, None)
        headers = {**_HEADERS, "content-disposition": f'attachment; filename="{_FILE}"'}
        content = orjson.dumps(found, option=orjson.OPT_INDENT_2)
        return Response(content, headers=headers, media_type="application/json")

    def _work(self, transaction: Transaction) -> Work:
        return Work(transaction, self._world.programme, self._world.keyring, self._clock(), actor="export")

    def _page(self, status: int, file: str | None) -> Response:
        brand = self._world.programme
        page = self._template.render(name=brand.name, contact=brand.brand.contact, file=file, status=status)
        return Response(page, status, _HEADERS, "text/html")
