"""/files: a file that staff sent, for whoever has its link: a member's phone, or Twilio on its way to them.

A link says which file and until when, under a keyed mac; nothing is listed and nothing else can be asked for.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.media import SHOWN, TAKEN, UNKNOWN, disposition, read_link
from loyalty.tokens import Keyring
from storage import attachments
from storage.attachments import AttachmentRow
from storage.database import Database

_HEADERS = {
    "cache-control": "private, no-transform",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-site",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}


class FilesPage:
    """The route of /files."""

    def __init__(self, database: Database, keyring: Keyring, clock: Callable[[], int]) -> None:
        self._database = database
        self._keyring = keyring
        self._clock = clock

    def routes(self) -> list[Route]:
        """What build_web adds to the application. GET answers HEAD too, with which Twilio looks first."""
        return [Route("/files/{token}", self._give, methods=["GET"])]

    async def _give(self, request: Request) -> Response:
        file_id = read_link(self._keyring, request.path_params["token"], self._clock())
        row = None
        if file_id is not None:
            row = await self._database.read(lambda transaction: attachments.get(transaction, file_id))
        if row is None:
            return Response("", 404, {**_HEADERS, "cache-control": "no-store"})
        return _file(row)


def _file(row: AttachmentRow) -> Response:
    kind = row.type if row.type in TAKEN else UNKNOWN
    headers = {**_HEADERS, "content-disposition": disposition(row.name, shown=kind in SHOWN), "content-type": kind}
    return Response(row.content, headers=headers)
