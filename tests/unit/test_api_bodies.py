"""However many callers send bodies, a process holds no more of them than it has room for."""

from pathlib import Path

import pytest
from litestar.exceptions import ServiceUnavailableException

from api.__main__ import check
from api.bodies import Bodies
from api.settings import ApiSettings
from udfs.errors import PenchantError, SettingsError


def test_bodies_together_take_no_more_than_there_is_room_for() -> None:
    bodies = Bodies(10)
    with bodies.body() as one, bodies.body() as other:
        one.add(b"123456")
        with pytest.raises(ServiceUnavailableException, match="10 bytes") as refused:
            other.add(b"12345")
        other.add(b"1234")
    assert refused.value.headers == {"Retry-After": "1"}
    assert (bytes(one.content), bytes(other.content)) == (b"123456", b"1234")


def test_a_body_that_has_ended_gives_its_room_back() -> None:
    bodies = Bodies(10)
    for _ in range(3):
        with bodies.body() as body:
            body.add(b"1234567890")


@pytest.mark.parametrize("wrong", [
    {"presets": "/no/p.toml"}, {"store_tls_ca": "/no/ca.pem"}, {"catalogue": "/no/c"},
    {"api_tls_certificate": "/no/cert.pem", "api_tls_key": "/no/key.pem"},
])  # fmt: skip
def test_the_api_does_not_start_with_a_file_that_it_cannot_use(wrong: dict[str, str]) -> None:
    check(ApiSettings())
    with pytest.raises(PenchantError, match=next(iter(wrong.values()))):
        check(ApiSettings(**wrong))  # type: ignore[arg-type]


@pytest.mark.parametrize("one", ["api_tls_certificate", "api_tls_key"])
def test_a_certificate_without_its_key_is_no_reason_to_serve_without_tls(one: str) -> None:
    with pytest.raises(SettingsError, match="go together"):
        check(ApiSettings(**{one: "some.pem"}))  # type: ignore[arg-type]


def test_a_preset_that_asks_for_more_days_than_are_kept_is_found_before_a_worker_starts(tmp_path: Path) -> None:
    file = tmp_path / "presets.toml"
    file.write_text("[long]\ndays = 90\n")
    with pytest.raises(SettingsError, match="preset 'long'"):
        check(ApiSettings(presets=str(file)))
