"""TLS and logins as the settings say, on a store that demands both; several processes of an API over TLS."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from running import own_settings, until
from secured import Secured, api_over_tls, secured

from cql.migrate import migrate
from cql.settings import StoreSettings
from cql.store import Store
from udfs.catalogues.catalogue import load
from udfs.errors import SettingsError, StoreRefused

CARS = load("cars")
OWN = {"store_user": "penchant", "store_password": "s3cret, with a comma"}
GRANTS = ("CREATE", "ALTER", "SELECT", "MODIFY")
"""On the keyspace alone."""
ASKED = 60


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured(own_settings(tmp_path_factory.mktemp("secured"))) as found:
        session = Store(found.settings(), keyspace=None)
        session.execute(
            f"CREATE ROLE IF NOT EXISTS penchant WITH LOGIN = true AND PASSWORD = '{OWN['store_password']}'"
        )
        session.close()
        yield found


@pytest.fixture(scope="module")
def settings(store: Secured) -> StoreSettings:
    """A user of our own, who may make no keyspace, with all tables in one that was made before."""
    found = store.settings(**OWN)
    keyspace, copies = found.store_keyspace, {"class": "NetworkTopologyStrategy", found.store_datacenter: "1"}
    session = Store(store.settings(), keyspace=None)
    session.execute(f"CREATE KEYSPACE IF NOT EXISTS {keyspace} WITH replication = {copies}")
    for right in GRANTS:
        session.execute(f"GRANT {right} ON KEYSPACE {keyspace} TO penchant")
    session.close()
    migrate(found, CARS)
    return found


def test_settings_of_tls_and_login_let_in(store: Secured) -> None:
    assert store.lets_in(**OWN)


@pytest.mark.parametrize("changes", [
    {"store_tls_ca": "", "store_tls_certificate": ""}, {"store_tls_certificate": ""}, {"store_user": ""},
    {"store_password": "wrong"}, {"store_user": "nobody"},
])  # fmt: skip
def test_without_any_one_of_them_the_store_lets_nobody_in(store: Secured, changes: dict[str, str]) -> None:
    assert not store.lets_in(**(OWN | changes))


def test_a_store_that_another_authority_vouches_for_is_not_trusted(store: Secured) -> None:
    assert not store.lets_in(**OWN, store_tls_ca=store.papers.stranger)


def test_a_wrong_password_is_told_as_what_waiting_will_not_mend(store: Secured) -> None:
    with pytest.raises(StoreRefused, match="and/or password"):
        Store(store.settings(store_user="penchant", store_password="wrong"), keyspace=None)


def test_a_file_that_is_no_certificate_is_named_with_its_setting(store: Secured, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    for file in (tmp_path / "empty.pem", tmp_path / "none.pem"):
        with pytest.raises(SettingsError, match="PENCHANT_STORE_TLS"):
            Store(store.settings(store_tls_ca=str(file)), keyspace=None)


def test_a_user_who_may_make_no_keyspace_migrates_one_that_is_there(settings: StoreSettings) -> None:
    assert migrate(settings, CARS) == []
    with pytest.raises(StoreRefused, match="has no CREATE permission"):
        migrate(msgspec.structs.replace(settings, store_keyspace="another"), CARS)


def test_an_api_over_tls_answers_from_that_store_and_its_processes_count_together(
    store: Secured, settings: StoreSettings, tmp_path: Path
) -> None:
    with api_over_tls(store, settings, tmp_path, workers=2) as client:
        answers = [client.get("/v1/users/ann/profile?dimensions=make") for _ in range(ASKED)]
        assert {answer.status_code for answer in answers} == {200}
        assert all("max-age" in answer.headers["strict-transport-security"] for answer in answers)
        assert len({file.name for file in tmp_path.glob("histogram_*.db")}) == 2
        # A request is counted once its answer is on its way.
        until(lambda: _counted(client) == ASKED)
        assert {_counted(client) for _ in range(8)} == {ASKED}
        with pytest.raises(httpx.ConnectError), httpx.Client(base_url=client.base_url) as distrustful:
            distrustful.get("/health")


def _counted(client: httpx.Client) -> float:
    """Requests for profiles that the process which happens to answer knows of."""
    text = client.get("/metrics").text
    lines = re.findall(r"^penchant_requests_total\{.*/profile.*\} (\S+)$", text, re.MULTILINE)
    return sum(map(float, lines))
