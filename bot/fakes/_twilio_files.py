"""Files at the fake Twilio: what people sent, behind Basic auth and one redirect; what the bot sends, fetched."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import ClientError, ClientSession, web

from bot.fakes._twilio_model import ApiError, FakeMessage, HeldFile, World, channel_of

API = "https://api.twilio.com"
CDN = "https://mms.twiliocdn.com"
CDN_PATH = "/mms"
MESSAGE_BYTES = 16 * 1024 * 1024
IMAGE_BYTES = 5 * 1024 * 1024
CAPTIONED = ("image/jpeg", "image/png")
SENDABLE = frozenset({*CAPTIONED, "image/webp", "application/pdf", "audio/ogg", "audio/mpeg", "video/mp4"})
NOT_DOWNLOADED, BAD_TYPE, TOO_LARGE = 63019, 12300, 63005


def media_url(world: World, message_sid: str, number: int) -> str:
    """The address of a message's attachment, as webhooks tell it."""
    return f"{API}/2010-04-01/Accounts/{world.account}/Messages/{message_sid}/Media/{media_sid(number)}"


def media_sid(number: int) -> str:
    """The id of a message's attachment."""
    return f"ME{number:032x}"


class MediaPlace:
    """The routes under which people's files are had."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self, account_path: str) -> list[web.RouteDef]:
        """The API's address of a file and, behind it, the one that really has it."""
        return [
            web.get(f"{account_path}/Messages/{{sid}}/Media/{{media}}", self._redirect),
            web.get(f"{CDN_PATH}/{{account}}/{{sid}}/{{media}}", self._serve),
        ]

    async def _redirect(self, request: web.Request) -> web.StreamResponse:
        self._held(request)
        place = "/".join(request.match_info[name] for name in ("account", "sid", "media"))
        return web.Response(status=307, headers={"Location": f"{CDN}/{place}"})

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """No credentials belong here: who sends them gives them away."""
        if "Authorization" in request.headers:
            raise ApiError(400, 20001, "Credentials sent to another host")
        held = self._held(request)
        return web.Response(body=held.content, content_type=held.type)

    def _held(self, request: web.Request) -> HeldFile:
        held = self._world.files.get((request.match_info["sid"], request.match_info["media"]))
        if held is None:
            raise ApiError(404, 20404, "The requested resource was not found")
        return held


def check_media(form: Mapping[str, str], recipient: str) -> None:
    """What is refused before anything is fetched."""
    url = form.get("MediaUrl")
    if url is None:
        return
    if channel_of(recipient) == "sms":
        raise ApiError(400, 30011, "MMS is not supported by this number")
    if not url.startswith(("https://", "http://")) or "ContentSid" in form:
        raise ApiError(400, 21620, "Invalid media URL(s)")


async def fetch_into(session: ClientSession, message: FakeMessage, url: str) -> None:
    """Fetch what is sent, looking first, as Twilio does; what cannot be had or sent fails the message."""
    try:
        async with session.head(url) as looked:
            told = looked.content_type
        async with session.get(url) as answer:
            content = await answer.read()
    except (ClientError, TimeoutError):
        message.error = NOT_DOWNLOADED
        return
    if answer.status != 200 or looked.status != 200:
        message.error = NOT_DOWNLOADED
    elif told != answer.content_type or told not in SENDABLE:
        message.error = BAD_TYPE
    elif len(content) > (IMAGE_BYTES if told.startswith("image/") else MESSAGE_BYTES):
        message.error = TOO_LARGE
    else:
        message.files = ((told, content),)
        message.body = message.body if told in CAPTIONED else ""
