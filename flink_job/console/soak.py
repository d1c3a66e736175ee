"""`penchant soak`: traffic with a random kill each minute, verified at the end."""

import os
import random
import sys
from pathlib import Path

import click
import msgspec

from flink_job.local.settings import client_environ, stack_settings
from flink_job.local.soak import Order, soak
from flink_job.settings import JobSettings
from udfs.settings import read


@click.command(name="soak")
@click.option("--minutes", type=click.FloatRange(0.5), default=20.0, show_default=True, help="How long.")
@click.option("--rate", type=click.FloatRange(1), default=200.0, show_default=True, help="Messages per second.")
@click.option("--users", default=2000, show_default=True, help="Users at any one time.")
@click.option("--every", "every_s", default=60.0, show_default=True, help="Seconds between kills.")
@click.option("--seed", type=click.IntRange(0), help="Fixes what is killed; by default a random one, which is printed.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(seed: int | None, as_json: bool, **options: object) -> None:
    """Stream traffic, kill a random process each minute, and verify.

    Exit code 1 if anything differs or is missing in the log, or if nothing was killed.
    """
    local = stack_settings(os.environ)
    local = msgspec.structs.replace(local, stack_directory=str(Path(local.cache) / "soak"))
    settings = read(JobSettings, dict(os.environ) | client_environ(local))
    order = msgspec.convert(options | {"seed": random.randrange(2**31) if seed is None else seed}, Order)
    found = soak(local, settings, order, lambda text: click.echo(text, err=True))
    kills = ", ".join(f"{victim} {count}" for victim, count in found.kills.items())
    lines = [f"seed {order.seed}, {found.sent:,} messages, killed: {kills}", *found.report.lines()]
    click.echo(msgspec.json.format(msgspec.json.encode(found)) if as_json else "\n".join(lines))
    sys.exit(0 if found.survived else 1)
