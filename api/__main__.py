"""`python -m api`: serve with granian, as many processes as the settings say."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from api.log import logging_config
from api.settings import ApiSettings
from udfs.catalogues.catalogue import load
from udfs.errors import PenchantError
from udfs.settings import read

_WAITING = 8
"""Requests that a process takes off the network, as a multiple of those that it lets in: enough to turn them away."""


def serve(settings: ApiSettings) -> None:
    """Listen until a signal ends it. Each process builds its own application and opens its own session."""
    with _metrics_of_all(settings.api_workers):
        Server(
            "api.worker:application",
            factory=True,
            interface=Interfaces.ASGI,
            address=settings.api_host,
            port=settings.api_port,
            workers=settings.api_workers,
            log_level=LogLevels(settings.api_log_level),
            log_dictconfig=logging_config(settings.api_log_level),
            backpressure=_WAITING * settings.api_concurrency,
            ssl_cert=_path(settings.api_tls_certificate),
            ssl_key=_path(settings.api_tls_key),
            respawn_failed_workers=True,
        ).serve()


@contextmanager
def _metrics_of_all(processes: int) -> Iterator[None]:
    """Where several processes put their numbers together, so that any of them can tell those of all."""
    if processes == 1:
        yield
        return
    with TemporaryDirectory(prefix="penchant-metrics-") as directory:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", directory)
        yield


def _path(text: str) -> Path | None:
    return Path(text) if text else None


if __name__ == "__main__":
    try:
        found = read(ApiSettings, os.environ)
        # A catalogue that cannot be used ends the process here; in a worker it would be tried for ever.
        load(found.catalogue)
    except PenchantError as exc:
        sys.exit(str(exc))
    serve(found)
