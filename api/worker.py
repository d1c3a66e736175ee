"""One process's application, made from the environment. Granian calls it in each worker, after the fork."""

import os
import time

from litestar import Litestar

from api.app import create_app
from api.connection import Connection
from api.settings import ApiSettings
from udfs.catalogues.catalogue import load
from udfs.settings import read


def application() -> Litestar:
    """The application of this process. Raises SettingsError or CatalogueError."""
    settings = read(ApiSettings, os.environ)
    connection = Connection(settings, load(settings.catalogue), time.monotonic)
    return create_app(settings, connection, time.time, lifespan=[connection.lifespan])
