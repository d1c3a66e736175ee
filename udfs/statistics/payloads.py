"""Payloads of batches that grow: what was decoded for one fold is not decoded again for the next.

In: the payloads of a batch, joined by commas. Out: the decoded payloads. A batch is folded anew whenever it has grown,
and to decode again what had been decoded was a fifth of that (README, "Pipeline"). The memory changes no answer: text
that does not continue what is known of a batch is decoded whole.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, TypeAlias

import msgspec

Payload: TypeAlias = list[Any]
"""A decoded payload (see `udfs.events.event`): str, int and None."""

_MOST = 16_000_000

decode = msgspec.json.Decoder(list[Payload]).decode


class Payloads:
    """Decodes batches and remembers those that were met last."""

    def __init__(self, most: int = _MOST) -> None:
        """`most`: characters of text to remember; decoded they take some seven times as many bytes."""
        self._most = most
        self._held = 0
        self._known: OrderedDict[Hashable, tuple[str, list[Payload]]] = OrderedDict()

    def decode(self, batch: Hashable, joined: str) -> list[Payload]:
        """The payloads of a batch; not to be changed, and good until the batch is decoded again."""
        text, payloads = self._known.pop(batch, ("", []))
        self._held += len(joined) - len(text)
        if not text or not joined.startswith(text):
            payloads = decode(f"[{joined}]")
        elif len(joined) > len(text):
            payloads += decode(f"[{joined[len(text) + 1 :]}]")
        self._known[batch] = joined, payloads
        self._forget()
        return payloads

    def _forget(self) -> None:
        while self._held > self._most:
            _, (text, _) = self._known.popitem(last=False)
            self._held -= len(text)
