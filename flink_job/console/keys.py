"""`penchant keys`: who may ask the API, and what."""

import os

import click
import msgspec

from cql.keys import SCOPES, Key, Scope
from flink_job.local import keys as api_keys
from flink_job.local.settings import job_settings
from flink_job.settings import JobSettings


@click.group(name="keys")
def command() -> None:
    """Create, list and revoke keys of the API."""


@command.command(name="create")
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    required=True,
    help="What it may do.",
)
@click.option("--rate", type=click.IntRange(1), default=api_keys.RATE, show_default=True, help="Requests a second.")
def create(name: str, scopes: tuple[Scope, ...], rate: int) -> None:
    """Make a key for NAME and print it. It is shown this once: the store has only a hash."""
    with api_keys.opened(_settings()) as keys:
        click.echo(str(api_keys.create(keys, name, scopes, rate)))


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_keys(as_json: bool) -> None:
    """List all keys, oldest first, without their secrets."""
    with api_keys.opened(_settings()) as keys:
        found = [msgspec.structs.replace(key, hash="") for key in keys.all()]
    click.echo(msgspec.json.encode(found) if as_json else "\n".join(map(_line, found)) or "there are no keys yet")


@command.command(name="revoke")
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """Accept a key no more; running APIs follow within seconds."""
    with api_keys.opened(_settings()) as keys:
        api_keys.revoke(keys, key_id)
    click.echo(f"{key_id} is revoked")


def _settings() -> JobSettings:
    return job_settings(os.environ)


def _line(key: Key) -> str:
    made = key.made_at.isoformat(timespec="seconds")
    revoked = f"  revoked {key.revoked_at.isoformat(timespec='seconds')}" if key.revoked_at else ""
    return f"{key.key_id}  {key.name}  {','.join(key.scopes)}  {key.rate}/s  made {made}{revoked}"
