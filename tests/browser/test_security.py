"""What members call themselves and write is never run; who signs out sees nothing any more."""

import pytest
from playwright.async_api import expect

from bot.fakes.twilio import FakeUser
from tests.browser.conftest import Hire
from tests.browser.house import House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
NAME = "<img src=x onerror=alert(1)>"
PAYLOADS = (
    "<script>window.ran = 1; alert(1)</script>",
    '"\'><svg onload="window.ran = 2; alert(2)">',
    '</textarea></li><iframe src="javascript:parent.ran = 3"></iframe>',
    "{{ 7 * 7 }} ${alert(4)} javascript:alert(4)",
    "<style>*{display:none}</style><link rel=stylesheet href=//evil.example/x.css>",
)
FOREIGN = "iframe, #thread svg, img[src=x], main style, main link, main script:not([src])"
POLICY = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")


async def test_what_a_member_writes_is_shown_and_never_run(house: House, hire: Hire) -> None:
    nora, ada = await hire("Nora"), await hire("Ada", "admin")
    mallory = await house.asks(NAME)
    page = await nora.takes(mallory)
    for text in PAYLOADS:
        await mallory.writes(text)
        await expect(nora.came(text)).to_be_visible()
        await nora.replies(text)
    assert isinstance(mallory.phone, FakeUser)
    await mallory.phone.send_file(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(5)'/>", "image/svg+xml")
    await page.click(".noting summary")
    await page.fill("#note-words", PAYLOADS[0])
    await page.click("#note button")
    await expect(page.locator(".entry.note")).to_contain_text(PAYLOADS[0])
    for path in (f"/members/{mallory.id}", "/", "/search?q=alert"):
        for agent in (nora, ada):
            answer = await agent.page.goto(f"{agent.root}{path}")
            assert answer is not None
            policy = answer.headers["content-security-policy"]
            assert all(rule in policy for rule in POLICY)
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert await agent.page.evaluate("window.ran") is None
            assert await agent.page.locator(FOREIGN).count() == 0
    await nora.goes()
    await expect(nora.page.locator(".case .name")).to_have_text(NAME)


async def test_a_policy_that_is_broken_would_be_noticed(house: House, hire: Hire) -> None:
    """The check above can fail: an inline script is stopped by the browser, and this suite hears of it."""
    nora = await hire("Nora")
    page = await nora.goes()
    await page.evaluate("""() => {
        const one = document.createElement("div");
        one.innerHTML = "<img src=x onerror='window.ran = 1'>";
        document.body.append(one);
    }""")
    await page.wait_for_timeout(200)
    assert await page.evaluate("window.ran") is None
    assert [one for one in nora.faults if "Content Security Policy" in one]
    nora.faults.clear()


async def test_signing_out_closes_what_is_open(house: House, hire: Hire) -> None:
    nora = await hire("Nora")
    anna = await house.asks("Anna")
    page = await nora.takes(anna)
    other = await nora.context.new_page()
    await other.goto(nora.root + "/")
    nora.forgiven.append("401")
    await other.click(".sign-out button")
    async with page.expect_navigation(url="**/desk/sign-in**"):
        await other.get_by_role("button", name="Sign out; they stay mine").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    await anna.writes("ci siete?")
    await house.quiet()
    assert "ci siete?" not in await page.content()
    await page.go_back()
    await expect(page.locator("#thread")).to_have_count(0)
