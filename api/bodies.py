"""Bodies: those that a process holds at a time may take so much memory together and no more.

In: the parts of a body as they come. Out: the whole body, or an error where there is no room; callers need no key yet.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from litestar.exceptions import ServiceUnavailableException

from api.errors import RETRY_AFTER_SECONDS

MOST_BYTES = 100_000_000


class Bodies:
    """Bounds the bytes of all bodies of requests that a process holds at a time."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        """`most` bytes may be held at a time."""
        self._most = most
        self._held = 0

    @contextmanager
    def body(self) -> Iterator["Body"]:
        """An empty body, whose bytes count until the end."""
        found = Body(self)
        try:
            yield found
        finally:
            self._held -= len(found.content)

    def make_room(self, size: int) -> None:
        """Let a body grow. Raises ServiceUnavailableException."""
        if self._held + size > self._most:
            message = f"bodies of {self._most:,} bytes are under way, which is all that this process takes at a time"
            raise ServiceUnavailableException(message, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        self._held += size


class Body:
    """The body of one request, as far as it has come."""

    def __init__(self, bodies: Bodies) -> None:
        """Holds nothing."""
        self._bodies = bodies
        self.content = bytearray()

    def add(self, part: bytes) -> None:
        """Append a part. Raises ServiceUnavailableException."""
        self._bodies.make_room(len(part))
        self.content += part
