"""`penchant down`: end everything that belongs to the local stack."""

import os

import click

from flink_job.local import stack
from flink_job.local.settings import stack_settings


@click.command(name="down")
@click.option("--wipe", is_flag=True, help="Also delete data, checkpoints and logs.")
def command(wipe: bool) -> None:
    """Take the local stack down. Its data stay unless --wipe is given."""
    swept = stack.down(stack_settings(os.environ), wipe=wipe)
    left = f"; {swept} processes left from a crash were ended" if swept else ""
    click.echo(f"the stack is down{left}")
