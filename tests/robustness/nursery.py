"""A process that imports the program once and forks off what tests run: a start takes one second instead of five.

Most of a start is aiogram building its models. Each server is a process of its own all the same, with its own
settings, log and process id. Orders come as JSON lines on stdin, each is answered with a number or `null`.
"""

import json
import os
import sys
import traceback
from typing import Any

import uvicorn
import uvicorn.loops.uvloop
import uvicorn.protocols.http.httptools_impl

import bot.channels._telegram_send  # noqa: F401  # the slow one
from bot.__main__ import main as bentornato
from bot.commands import serve
from bot.settings import Settings


def quiet() -> None:
    """`serve` without its sender: nothing leaves, so only what comes in is measured."""
    settings = Settings()
    web = serve.asgi(settings, send=False)
    uvicorn.run(web, port=settings.port, access_log=False, log_level="warning", loop="uvloop")


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        sys.stdout.write(json.dumps(_poll(order["poll"]) if "poll" in order else _fork(order)) + "\n")
        sys.stdout.flush()


def _poll(pid: int) -> int | None:
    """The return code of a server that has ended."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _fork(order: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        _become(order)
    return pid


def _become(order: dict[str, Any]) -> None:
    """The child: `bentornato` with these arguments, or `quiet`. Never returns."""
    appended = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(order["out"], appended, 0o600), 1)
    os.dup2(os.open(order["log"], appended, 0o600), 2)
    os.chdir(order["home"])
    os.environ.update(order["settings"])
    sys.argv = ["bentornato", *order["arguments"]]
    code: Any = 1
    try:
        (quiet if order["arguments"] == ["quiet"] else bentornato)()
        code = 0
    except SystemExit as done:
        code = done.code or 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    main()
