"""Twilio's signature, held against the library's validator, and the REST client's HTTP side."""

import asyncio
import base64
import hmac
from hashlib import sha1, sha256
from urllib.parse import urlencode

import pytest
from aiohttp import web
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import SecretStr
from twilio.request_validator import RequestValidator

from bot.settings import Settings
from bot.twilio_client import (
    MAX_FIELDS,
    Signatures,
    TwilioException,
    form_pairs,
    open_client,
    status_url,
    webhook_url,
)

ACCOUNT = "AC" + "0" * 32
TOKEN = "token-one"
PATH = "/webhooks/whatsapp"
FIELDS = {"Body": "è € ciao ", "From": "whatsapp:+393331234567", "MessageSid": "SM1", "MediaUrl0": "", "NumMedia": "0"}

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
pairs = st.lists(st.tuples(words.filter(bool), words), max_size=8)
bases = st.sampled_from(
    [
        "https://bot.example",
        "http://bot.example",
        "https://bot.example:443",
        "https://bot.example:8443",
        "http://bot.example:80",
        "HTTPS://Bot.Example",
        "https://bot.example/under/a/path",
    ]
)
queries = st.text("abc=&%20+", max_size=10)


class Many(dict[str, list[str]]):
    """The multidict that the library's validator understands."""

    def getall(self, name: str) -> list[str]:
        return self[name]


def many(rows: list[tuple[str, str]]) -> Many:
    found = Many()
    for name, value in rows:
        found.setdefault(name, []).append(value)
    return found


def signed(url: str, rows: list[tuple[str, str]], *, token: str = TOKEN, algorithm: str | None = None) -> str:
    return RequestValidator(token).compute_signature(url, many(rows), algorithm)


def check(
    url: str, body: bytes, signature: str, *, query: str = "", settings: str = "", content_type: str = ""
) -> bool:
    headers = {"x-twilio-signature": signature, "x-twilio-webhooks-signature-settings": settings}
    return Signatures(url, [TOKEN]).valid(PATH, query, headers | {"content-type": content_type}, body)


@given(
    base=bases, signer=bases, rows=pairs, query=queries, algorithm=st.sampled_from([None, "HMAC_SHA1", "HMAC_SHA256"])
)
@example(
    base="https://bot.example",
    signer="https://bot.example",
    rows=[("a", "2"), ("a", "1"), ("a", "2")],
    query="",
    algorithm=None,
)
def test_it_agrees_with_the_library(base, signer, rows, query, algorithm):
    tail = PATH + (f"?{query}" if query else "")
    signature = signed(signer + tail, rows, algorithm=algorithm)
    expected = RequestValidator(TOKEN).validate(base + tail, many(rows), signature, algorithm=algorithm)
    header = f"key=k1,algorithm={algorithm}" if algorithm else ""
    assert check(base, urlencode(rows).encode(), signature, query=query, settings=header) is expected


ROW = list(FIELDS.items())
URL = "https://bot.example"


@pytest.mark.parametrize(
    ("base", "rows", "valid"),
    [
        (URL, ROW, True),
        ("http://bot.example", ROW, False),
        (URL + "/", ROW, False),
        (URL + ":443", ROW, True),
        (URL + ":8443", ROW, True),
        (URL, [(name, value.strip()) for name, value in ROW], False),
        (URL, [(name, value) for name, value in ROW if value], False),
        (URL, [*ROW, ("Blank", "")], False),
        (URL, [*ROW, ("Body", "another")], False),
        (URL, [*ROW, ROW[0]], True),
        (URL, list(reversed(ROW)), True),
    ],
)
def test_what_may_change_against_the_signed_request(base, rows, valid):
    signature = signed(URL + PATH, ROW)
    assert check(base, urlencode(rows).encode(), signature) is valid
    library = RequestValidator(TOKEN).validate(base + PATH, many(rows), signature)
    assert library is valid


@pytest.mark.parametrize(("body", "valid"), [(b'{"a": 1}', True), (b'{"a": 2}', False), (b"", False)])
def test_a_json_body_is_vouched_for_by_its_hash(body, valid):
    query = "bodySHA256=" + sha256(b'{"a": 1}').hexdigest()
    signature = signed(f"{URL}{PATH}?{query}", [])
    assert check(URL, body, signature, query=query, content_type="application/json; charset=utf-8") is valid


def test_a_json_body_without_a_hash_is_refused():
    assert not check(URL, b"{}", signed(URL + PATH, []), content_type="application/json")


def test_both_tokens_count_during_a_rotation():
    both = Signatures(URL, [TOKEN, "token-two"])
    for token, valid in ((TOKEN, True), ("token-two", True), ("token-three", False)):
        headers = {"x-twilio-signature": signed(URL + PATH, ROW, token=token)}
        assert both.valid(PATH, "", headers, urlencode(ROW).encode()) is valid


@pytest.mark.parametrize("settings", ["key=k,algorithm=HMAC_MD5", "algorithm=HMAC_SHA256", "algorithm=none"])
def test_another_algorithm_than_the_one_signed_with_is_refused(settings):
    assert not check(URL, urlencode(ROW).encode(), signed(URL + PATH, ROW), settings=settings)


@pytest.mark.parametrize("signature", ["", "x", "\udcff", "ü" * 28])
def test_an_odd_signature_is_only_wrong(signature):
    assert not check(URL, b"a=1", signature)


def test_bytes_that_are_no_utf8_are_signed_as_they_are():
    body = b"Body=caf%E9&Other=\xff"
    text = (URL + PATH).encode() + b"Bodycaf\xe9Other\xff"
    signature = base64.b64encode(hmac.digest(TOKEN.encode(), text, sha1)).decode()
    assert check(URL, body, signature)


def test_too_many_fields_are_refused_unread():
    body = b"&".join([b"a=1"] * (MAX_FIELDS + 1))
    assert not check(URL, body, "x")
    with pytest.raises(ValueError, match="fields"):
        form_pairs(body)


def settings(**more: object) -> Settings:
    return Settings(_env_file=None, public_url=URL, twilio_account=ACCOUNT, twilio_token=SecretStr(TOKEN), **more)


def test_urls_for_twilio_carry_the_overrides():
    assert webhook_url(settings(), "sms") == "https://bot.example/webhooks/sms#rc=5&rp=all"
    assert status_url(settings(), "whatsapp") == "https://bot.example/webhooks/whatsapp#rc=5&rp=all"


def test_a_client_needs_an_account():
    with pytest.raises(ValueError, match="not set"):
        open_client(Settings(_env_file=None))


async def _serve(handler):
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@pytest.mark.asyncio
async def test_hosts_become_paths_and_bodies_keep_their_type():
    seen = []

    async def answer(request):
        seen.append((request.path, request.content_type, await request.text(), request.headers["Authorization"]))
        return web.json_response({"sid": "X"}, status=201)

    runner, base = await _serve(answer)
    client = open_client(settings(twilio_api=base))
    await client.messages.create_async(to="+1", body="è &", media_url=["a", "b"])
    contents = client.content.v1.contents
    await contents.create_async(
        contents.ContentCreateRequest({"language": "en", "types": {"twilio/text": {"body": "x"}}})
    )
    await client.http_client.close()
    await runner.cleanup()
    basic = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
    assert seen == [
        (
            f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
            "application/x-www-form-urlencoded",
            "To=%2B1&Body=%C3%A8+%26&MediaUrl=a&MediaUrl=b",
            basic,
        ),
        ("/content/v1/Content", "application/json", '{"language":"en","types":{"twilio/text":{"body":"x"}}}', basic),
    ]


@pytest.mark.asyncio
async def test_a_call_has_a_time_limit():
    async def never(request):
        await asyncio.sleep(5)

    runner, base = await _serve(never)
    client = open_client(settings(twilio_api=base, provider_timeout=0.05))
    with pytest.raises(TimeoutError):
        await client.messages.create_async(to="+1", body="x")
    await client.http_client.close()
    await runner.shutdown()
    await runner.cleanup()


@pytest.mark.asyncio
async def test_a_refusal_is_the_librarys_exception():
    async def refuse(request):
        return web.json_response({"code": 21211, "message": "no", "status": 400}, status=400)

    runner, base = await _serve(refuse)
    client = open_client(settings(twilio_api=base))
    with pytest.raises(TwilioException) as caught:
        await client.messages.create_async(to="+1", body="x")
    assert (caught.value.status, caught.value.code) == (400, 21211)
    await client.http_client.close()
    await runner.cleanup()
