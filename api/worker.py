"""One process's application, made from the environment. Granian calls it in each worker, after the fork."""

import gc
import os
import sys
import time

from litestar import Litestar

from api.app import create_app
from api.connection import Connection
from api.settings import ApiSettings
from udfs.catalogues.catalogue import load
from udfs.settings import read

_TURN_S = 0.0005
"""How long a thread keeps the interpreter while others wait.

With Python's 5 ms the driver's thread, which has a turn for each answer of the store, kept one caller in a hundred
waiting for more than 50 ms (README, "Against the bare driver").
"""


def application() -> Litestar:
    """The application of this process. Raises SettingsError or CatalogueError."""
    sys.setswitchinterval(_TURN_S)
    settings = read(ApiSettings, os.environ)
    connection = Connection(settings, load(settings.catalogue), time.monotonic)
    made = create_app(settings, connection, time.time, lifespan=[connection.lifespan])
    # What is there now stays for good: the collector need not go through it for every few large answers.
    gc.collect()
    gc.freeze()
    return made
