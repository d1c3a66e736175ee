"""The keyspace: made where it is not there, and otherwise left alone."""

import importlib

import pytest
from strategies import GARAGE

from cql.migrate import migrate
from cql.settings import StoreSettings

MODULE = importlib.import_module("cql.migrate")
SETTINGS = StoreSettings()


class Held:
    """A store without a row, in which keyspaces may be; remembers what it was told to do."""

    def __init__(self, *keyspaces: str) -> None:
        self.keyspaces = keyspaces
        self.told: list[str] = []

    def __call__(self, settings: StoreSettings, *, keyspace: str | None) -> "Held":
        return self

    def open(self, settings: StoreSettings) -> "Held":
        return self

    def ask(self, name: str, *values: object) -> list[tuple[object, ...]]:
        return [({},)] if name == "read_replication" and values[0] in self.keyspaces else []

    def prepare(self, text: str) -> str:
        return text

    def execute(self, text: str, values: object = ()) -> list[tuple[object, ...]]:
        self.told.append(text)
        return []

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("there", "made"), [("another", 1), (SETTINGS.store_keyspace, 0)])
def test_a_keyspace_is_made_only_where_it_is_not_there(monkeypatch: pytest.MonkeyPatch, there: str, made: int) -> None:
    """A login that has rights in one keyspace may make none."""
    held = Held(there)
    monkeypatch.setattr(MODULE, "Store", held)
    migrate(SETTINGS, GARAGE)
    assert sum("CREATE KEYSPACE" in text for text in held.told) == made
