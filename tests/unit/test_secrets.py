"""Secrets stand in no log, no error and no picture of the settings."""

import logging

import pytest
from litestar.testing import TestClient
from running import free_ports

from api.settings import ApiSettings
from api.worker import application
from cql.settings import StoreSettings, is_secret
from cql.store import Store
from flink_job.settings import JobSettings
from udfs.errors import StoreError
from udfs.settings import environment, read

PASSWORD, TOKEN = "correct-horse", "pk_0123_battery-staple"


def unreachable() -> dict[str, str]:
    (port,) = free_ports(1)
    login = {"PENCHANT_STORE_USER": "penchant", "PENCHANT_STORE_PASSWORD": PASSWORD}
    return login | {"PENCHANT_STORE_PORT": str(port), "PENCHANT_STORE_HOSTS": "127.0.0.1"}


@pytest.mark.parametrize("kind", [StoreSettings, JobSettings, ApiSettings])
def test_a_picture_of_settings_hides_the_password(kind: type[StoreSettings]) -> None:
    settings = read(kind, unreachable())
    assert settings.store_password == PASSWORD
    assert PASSWORD not in f"{settings!r} {settings}"
    assert "store_user='penchant'" in repr(settings)


def test_a_picture_of_the_jobs_settings_hides_the_password_of_kafka_too() -> None:
    settings = read(JobSettings, unreachable() | {"PENCHANT_KAFKA_PASSWORD": "staple"})
    assert settings.kafka_password == "staple"
    assert "staple" not in f"{settings!r} {settings}"


def test_a_process_that_is_started_gets_the_password_all_the_same() -> None:
    settings = read(JobSettings, unreachable())
    assert environment(settings)["PENCHANT_STORE_PASSWORD"] == PASSWORD


def test_every_setting_that_is_a_secret_is_hidden() -> None:
    fields = {*ApiSettings.__struct_fields__, *JobSettings.__struct_fields__}
    assert {name for name in fields if "password" in name or "secret" in name or "token" in name} == {
        name for name in fields if is_secret(name)
    }


def test_an_error_of_the_store_names_no_password(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreError) as caught:
        Store.open(read(JobSettings, unreachable()))
    assert PASSWORD not in f"{caught.value} {caught.value.__cause__} {caplog.text}"


def test_the_api_logs_neither_password_nor_token(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in unreachable().items():
        monkeypatch.setenv(name, value)
    with caplog.at_level(logging.DEBUG), TestClient(application()) as client:
        answer = client.get("/v1/users/ann/profile", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 503
    told = answer.text + caplog.text + "".join(str(vars(record)) for record in caplog.records)
    assert "answered" in told
    assert PASSWORD not in told
    assert TOKEN not in told
