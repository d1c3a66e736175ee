"""`penchant up`: bring the local stack up and wait until it is ready."""

import os

import click

from cql.migrate import migrate
from flink_job.local import stack
from flink_job.local.keys import local_key
from flink_job.local.settings import StackSettings, client_environ, stack_settings
from flink_job.local.state import Life, PartState, StackState, holder
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.settings import read

_ANOTHER_KEY = "`penchant keys create NAME --scope read --scope score` makes a key, in the store that the settings name"


@click.command(name="up")
@click.option("--without", multiple=True, metavar="PART", help="Leave out kafka, cassandra, flink or api.")
def command(without: tuple[str, ...]) -> None:
    """Bring the local stack up: Kafka, Cassandra, Flink and the API. Again: nothing happens."""
    settings = stack_settings(os.environ)
    before = holder(settings.directory)
    try:
        started = stack.up(settings, without=without, progress=Progress(), say=click.echo)
    except KeyboardInterrupt:
        if before is None:
            click.echo("interrupted; taking the stack down")
            stack.down(settings)
        raise
    click.echo("the stack is up" if started else f"the stack is up already; {_ANOTHER_KEY}")
    if started and not {"cassandra", "api"} & set(without):
        click.echo(f"key of the API, shown this once: {_key(settings)}")


def _key(settings: StackSettings) -> str:
    """A key for whoever works with this stack."""
    # Of this stack, whatever other store the environment names.
    own = read(JobSettings, dict(os.environ) | client_environ(settings))
    migrate(own, load(own.catalogue))
    return str(local_key(own, "penchant up"))


class Progress:
    """Prints a line for each part whose life has changed."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._seen: dict[str, Life] = {}

    def __call__(self, state: StackState) -> None:
        """Print what is new."""
        for part in state.parts:
            if self._seen.get(part.name, Life.WAITING) is not part.life:
                click.echo(_line(part))
            self._seen[part.name] = part.life


def _line(part: PartState) -> str:
    after = f" after {part.ready_after} s" if part.life is Life.READY else ""
    return f"{part.name:<14} {part.life}{after} {part.detail}".rstrip()
