"""`python -m api`: serve with granian, as many processes as the settings say."""

import datetime
import os
import resource
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from api.log import logging_config
from api.presets import load as load_presets
from api.question import Asker
from api.settings import ApiSettings
from cql.session import tls
from udfs.catalogues.catalogue import load
from udfs.errors import PenchantError, SettingsError
from udfs.settings import read

CONNECTIONS = 4_096
"""Connections that a process keeps open; one more waits, unanswered, until another ends, and idle ones end after 30 s.

What may be under way is limited by `api.exchange`.
"""
_OTHER_FILES = 512


def serve(settings: ApiSettings) -> None:
    """Listen until a signal ends it. Each process builds its own application and opens its own session."""
    _allow_files(CONNECTIONS + _OTHER_FILES)
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
            backpressure=CONNECTIONS,
            ssl_cert=_path(settings.api_tls_certificate),
            ssl_key=_path(settings.api_tls_key),
            respawn_failed_workers=True,
        ).serve()


def check(settings: ApiSettings) -> None:
    """Use every file that the settings name: in a worker one that cannot be used would be tried for ever.

    Raises SettingsError or CatalogueError.
    """
    presets = load_presets(settings.presets)
    asker = Asker(load(settings.catalogue), settings.retention_days, presets, datetime.datetime.now(datetime.UTC).date)
    asker.check_presets()
    tls(settings)
    _check_certificate(settings.api_tls_certificate, settings.api_tls_key)


def _check_certificate(certificate: str, key: str) -> None:
    if bool(certificate) != bool(key):
        message = "PENCHANT_API_TLS_CERTIFICATE and PENCHANT_API_TLS_KEY go together; set both, or neither for no TLS"
        raise SettingsError(message)
    try:
        if certificate:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except OSError as exc:
        message = f"PENCHANT_API_TLS_CERTIFICATE={certificate!r} with PENCHANT_API_TLS_KEY={key!r}: {exc}"
        raise SettingsError(message) from exc


def _allow_files(wanted: int) -> None:
    """Let each process have that many open files, as far as it may decide so itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


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
        check(found)
    except PenchantError as exc:
        sys.exit(str(exc))
    serve(found)
