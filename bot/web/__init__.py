"""The web side: webhooks, health, metrics, and /try, the chat in the browser."""

from bot.web._build import build_web
from bot.web._try import Front, TryPage
from bot.web._webhooks import Meters, Webhooks

__all__ = ["Front", "Meters", "TryPage", "Webhooks", "build_web"]
