"""A proxy between a job and its store, in the test's own process, so that a test can cut or hold the network."""

import selectors
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress

_PIECE = 65_536
_LOOK_S = 0.05


class Proxy:
    """Passes bytes on while `open`; held, it takes none; cut, it also ends every connection and refuses new ones.

    `late` counts the bytes of clients that alone were held back, and that went on when it healed.
    """

    def __init__(self, target: int) -> None:
        self.late = 0
        self._target = ("127.0.0.1", target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._passes = threading.Event()
        self._passes.set()
        self._ended = threading.Event()
        self._refuses = False
        self._held: frozenset[int] = frozenset()
        self._were_held: frozenset[int] = frozenset()
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        """Let nothing through, and tell nobody."""
        self._passes.clear()

    def hold_back(self, clients: Iterable[int]) -> None:
        """Let nothing through that comes from these ports; others pass."""
        self._held = frozenset(clients)

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        self._refuses = True
        for connection in self._connections:
            # A thread may be reading it.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        """Let everything through again."""
        self._refuses = False
        self._were_held, self._held = self._held, frozenset()
        self._passes.set()

    def close(self) -> None:
        self._ended.set()
        self._passes.set()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, (_, port) = self._listener.accept()
                server = self._server()
                if server is None:
                    client.close()
                else:
                    self._connections += [client, server]
                    self._begin(client, server, port)
                    self._begin(server, client, 0)

    def _server(self) -> socket.socket | None:
        with suppress(OSError):
            return None if self._refuses else socket.create_connection(self._target)
        return None

    def _begin(self, source: socket.socket, sink: socket.socket, port: int) -> None:
        threading.Thread(target=self._pump, args=(source, sink, port), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, port: int) -> None:
        """`port`: that of the client whose bytes these are; 0 for those of the server."""
        with suppress(OSError), source, sink, selectors.DefaultSelector() as ready:
            ready.register(source, selectors.EVENT_READ)
            while not self._ended.is_set():
                self._passes.wait()
                if port in self._held:
                    self._ended.wait(_LOOK_S)
                elif ready.select(_LOOK_S) and self._passes.is_set() and port not in self._held:
                    piece = source.recv(_PIECE)
                    if not piece:
                        return
                    sink.sendall(piece)
                    self.late += len(piece) * (port in self._were_held)


@contextmanager
def proxied(target: int) -> Iterator[Proxy]:
    """A proxy before a port of this machine."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
