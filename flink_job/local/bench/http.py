"""The least client that keeps connections: a general one costs as much CPU as the API that is to be measured.

In: whole requests as bytes. Out: statuses. Answers must name their length, as those of the API do.
"""

import asyncio
import re

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_END = b"\r\n\r\n"
_STATUS = slice(9, 12)


class Pool:
    """Connections to one address; each carries one request at a time."""

    def __init__(self, host: str, port: int) -> None:
        """Connections are opened as they are needed."""
        self._address = host, port
        self._idle: list[_Connection] = []

    async def send(self, request: bytes) -> int:
        """The status of the answer, once all of it has come; 0 if the connection broke."""
        try:
            connection = self._idle.pop() if self._idle else await self._open()
            status = await connection.exchange(request)
        except OSError:
            return 0
        self._idle.append(connection)
        return status

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()

    async def _open(self) -> "_Connection":
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, *self._address)
        return connection


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def exchange(self, request: bytes) -> "asyncio.Future[int]":
        self._answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._got, self._expected = bytearray(), 0
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._expected and (end := self._got.find(_END)) > 0:
            found = _LENGTH.search(self._got, 0, end)
            self._expected = end + len(_END) + (int(found[1]) if found else 0)
        if self._expected and len(self._got) >= self._expected and not self._answer.done():
            self._answer.set_result(int(self._got[_STATUS]))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the API closed the connection"))

    def close(self) -> None:
        self._transport.close()
