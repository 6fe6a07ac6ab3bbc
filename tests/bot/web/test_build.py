"""The whole site: the till's API under /api beside health and pages, whatever the path holds."""

from pathlib import Path

import httpx
import pytest

from bot.api import SCOPES, Grant, make_key
from bot.app import open_app
from tests.builders import settings


@pytest.mark.asyncio
async def test_the_api_stands_under_its_own_path(sqlite_url: str, tmp_path: Path) -> None:
    async with open_app(settings(database=sqlite_url), send=False) as app:
        grant = Grant("till", frozenset(SCOPES))
        _, key = await app.database.write(lambda t: make_key(t, app.world.keyring, grant, app.clock()))
        transport = httpx.ASGITransport(app.web())
        async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as browser:
            document = (await browser.get("/api/v1/openapi.json")).json()
            assert (document["openapi"][:4], document["servers"]) == ("3.1.", [{"url": "/api"}])
            headers = {"authorization": f"Bearer {key}"}
            found = await browser.get("/api/v1/catalogue", params={"market": "DE"}, headers=headers)
            assert [one["name"] for one in found.json()["rewards"]] == ["coffee_500g"]
            for path in ("/api/nothing", "/api/", "/api/v1/purchases/a%0Ab"):
                lost = await browser.get(path, headers=headers)
                assert (lost.status_code in (404, 422), lost.headers["content-type"]) == (
                    True,
                    "application/problem+json",
                )
            assert (await browser.get("/health")).status_code == 200
            assert (await browser.get("/api")).status_code == 404
