"""The web side: webhooks, health, metrics, /export, /files, and /try, the chat in the browser."""

from bot.web._build import Site, build_web
from bot.web._export import ExportPage
from bot.web._files import FilesPage
from bot.web._try import Front, TryPage
from bot.web._try_door import is_loopback_url
from bot.web._webhooks import Meters, Receive, Scope, Send, Webhooks

__all__ = [
    "ExportPage",
    "FilesPage",
    "Front",
    "Meters",
    "Receive",
    "Scope",
    "Send",
    "Site",
    "TryPage",
    "Webhooks",
    "build_web",
    "is_loopback_url",
]
