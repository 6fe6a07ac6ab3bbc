"""The queues of events, one lane an address, worked in order.

The seam: `await put(arrival)` returns when the event is durable and may be repeated (`Unavailable` becomes a 503);
`run(work)` calls `work(transaction, batch)` with ordered batches; `batch.settle(transaction)` is the last thing in the
transaction, `batch.done()` follows the commit, `batch.failed(error)` a failure; `close()` drains.
"""

from bot.lanes._contract import Arrival, Batch, Unavailable, Work

__all__ = ["Arrival", "Batch", "Unavailable", "Work"]
