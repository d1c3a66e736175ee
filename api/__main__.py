"""`python -m api`: serve with granian, as many processes as the settings say."""

import os
import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from api.settings import ApiSettings
from udfs.catalogues.catalogue import load
from udfs.errors import PenchantError
from udfs.settings import read


def serve(settings: ApiSettings) -> None:
    """Listen until a signal ends it. Each process builds its own application and opens its own session."""
    Server(
        "api.worker:application",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.api_host,
        port=settings.api_port,
        workers=settings.api_workers,
        log_level=LogLevels(settings.api_log_level),
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    try:
        found = read(ApiSettings, os.environ)
        # A catalogue that cannot be used ends the process here; in a worker it would be tried for ever.
        load(found.catalogue)
    except PenchantError as exc:
        sys.exit(str(exc))
    serve(found)
