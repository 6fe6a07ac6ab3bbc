"""What an operator is told of the desk's bot: its token, its place in the staff's group, its webhook."""

from __future__ import annotations

from collections.abc import Iterator

from bot.desk._context import PREFIX
from bot.desk._telegram_bot import ALLOWED_UPDATES, GroupBot, GroupError, Hook, Moved, Shut, Standing
from bot.desk._telegram_hook import PATH
from bot.settings import Settings

Line = tuple[bool, str]
"""In order?, and what."""
_WAITING_TOLERATED = 100


async def inspect(settings: Settings) -> list[Line]:
    """What `doctor` says about the desk's bot, which must be configured."""
    token, group = settings.desk_telegram_token, settings.desk_telegram_group
    if token is None or group is None:
        raise ValueError("desk_telegram_token and desk_telegram_group must be set")
    bot = GroupBot(token.get_secret_value(), api=settings.telegram_api, timeout=settings.provider_timeout)
    try:
        await bot.start()
        lines = [(True, f"Desk on Telegram: bot @{bot.name}"), *await _group(bot, group)]
        if not settings.telegram_polling:
            lines += _webhook(f"{settings.public_url}{PREFIX}{PATH}", await bot.hook())
    except GroupError as error:
        return [(False, f"Desk on Telegram: {why(error)}")]
    finally:
        await bot.stop()
    return lines


def why(error: GroupError) -> str:
    """A failure in an operator's words."""
    if isinstance(error, Shut):
        return f"the token or the bot's rights are not right ({error})"
    return f"Telegram did not answer as it should ({error})"


async def _group(bot: GroupBot, group: int) -> list[Line]:
    moved = ""
    try:
        found = await bot.standing(group)
    except Moved as elsewhere:
        found, moved = await bot.standing(elsewhere.chat_id), f" (its id is now {elsewhere.chat_id})"
    except GroupError as error:
        return [(False, f"Desk group: the bot does not see it ({error})")]
    missing = tuple(_missing(found))
    return [(not missing, f"Desk group{moved}: {'; '.join(missing) or 'topics, and the rights to keep them'}")]


def _missing(found: Standing) -> Iterator[str]:
    if not found.is_forum:
        yield "turn on its topics"
    if not found.may_manage_topics:
        yield "let the bot manage topics"
    if not found.may_pin:
        yield "let the bot pin messages"


def _webhook(wanted: str, hook: Hook) -> Iterator[Line]:
    is_right = hook.url == wanted and set(ALLOWED_UPDATES) <= set(hook.updates)
    yield is_right, f"Desk webhook: {hook.url or 'none'}" + ("" if is_right else "; run `bentornato connect desk`")
    if hook.waiting:
        failed = f" (last failure: {hook.last_error})" if hook.last_error else ""
        yield hook.waiting <= _WAITING_TOLERATED, f"Updates waiting for the desk: {hook.waiting}{failed}"
