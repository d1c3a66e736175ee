"""A store and an API, started once for the tests that need no log and no job."""

import os
from collections.abc import Iterator

import msgspec
import pytest
from running import own_settings
from serving import Served

from cql.migrate import migrate
from cql.settings import StoreSettings
from cql.store import Store
from cql.writer import claim
from flink_job.local import keys, stack
from flink_job.local.settings import client_environ
from udfs.catalogues.catalogue import load
from udfs.settings import read

CARS = load("cars")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The API on a store of its own, with two generations and a key of every scope."""
    local = own_settings(tmp_path_factory.mktemp("served"))
    # Patient, as other tests may keep the machine busy; the API itself is not.
    settings = read(StoreSettings, client_environ(local) | {"PENCHANT_STORE_TIMEOUT_MS": "20000"})
    try:
        stack.up(local, without=("kafka", "flink"), owner=os.getpid())
        migrate(settings, CARS)
        store = Store.open(settings)
        for generation in (1, 2):
            claim(store, msgspec.structs.replace(settings, generation=generation), CARS)
        yield Served(local, settings, CARS, store, str(keys.local_key(settings, "tests")))
        store.close()
    finally:
        stack.down(local, wipe=True)
