"""A proxy between a job and its store, in the test's own process, so that a test can cut or hold the network."""

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_PIECE = 65_536
_LOOK_S = 0.05


class Proxy:
    """Passes bytes on while `open`; held, it takes none; cut, it also ends every connection and refuses new ones."""

    def __init__(self, target: int) -> None:
        self._target = ("127.0.0.1", target)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._passes = threading.Event()
        self._passes.set()
        self._ended = threading.Event()
        self._refuses = False
        self._connections: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        """Let nothing through, and tell nobody."""
        self._passes.clear()

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
        self._passes.set()

    def close(self) -> None:
        self._ended.set()
        self._passes.set()
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._refuses:
                    client.close()
                else:
                    self._join(client, socket.create_connection(self._target))

    def _join(self, client: socket.socket, server: socket.socket) -> None:
        self._connections += [client, server]
        for source, sink in ((client, server), (server, client)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError), source, sink, selectors.DefaultSelector() as ready:
            ready.register(source, selectors.EVENT_READ)
            while not self._ended.is_set():
                self._passes.wait()
                if ready.select(_LOOK_S) and self._passes.is_set():
                    piece = source.recv(_PIECE)
                    if not piece:
                        return
                    sink.sendall(piece)


@contextmanager
def proxied(target: int) -> Iterator[Proxy]:
    """A proxy before a port of this machine."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
