"""A signal that ends the process is told to us as well as to whoever handled it before."""

import asyncio
import os
import signal

import pytest

from bot.desk._stop import told_to_stop


@pytest.mark.asyncio
async def test_a_signal_is_told_and_still_does_what_it_did() -> None:
    done: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: done.append("uvicorn"))
    try:
        with told_to_stop(lambda: done.append("hub")):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.02)
            assert done == ["uvicorn", "hub"]
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.02)
        assert done == ["uvicorn", "hub", "uvicorn"]
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.asyncio
async def test_where_signals_cannot_be_set_nothing_happens() -> None:
    async def elsewhere() -> str:
        with told_to_stop(lambda: None):
            return "fine"

    assert await asyncio.to_thread(lambda: asyncio.run(elsewhere())) == "fine"
