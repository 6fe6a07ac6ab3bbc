"""The desk's own style and script."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.responses import Response

from bot.desk._call import Call, Refused
from bot.desk._context import DeskContext
from bot.desk._routes import OPEN, DeskRoute

_FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
KEPT = {"cache-control": "public, max-age=86400"}


@cache
def files() -> dict[str, tuple[str, bytes]]:
    """Name -> type and content."""
    return {path.name: (_TYPES[path.suffix], path.read_bytes()) for path in _FOLDER.iterdir() if path.suffix in _TYPES}


def routes(_: DeskContext) -> list[DeskRoute]:
    """The files by name."""
    return [DeskRoute("GET", "/static/{name}", OPEN, _file)]


async def _file(call: Call) -> Response:
    found = files().get(call.path("name"))
    if found is None:
        raise Refused(404)
    kind, content = found
    return Response(content, media_type=kind, headers=KEPT)
