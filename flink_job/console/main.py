"""`penchant`: every command of the console, each in a file of its own.

A command's module is imported when the command is called, so `penchant --help` does not wait for PyFlink.
"""

import importlib
import os
import sys

import click

from flink_job.console.environ import handed_on
from udfs.errors import PenchantError

COMMANDS = {
    "demo": "Everything at once: traffic in, a profile out, verified.",
    "up": "Bring the local stack up.",
    "status": "Show the parts of the local stack.",
    "down": "Take the local stack down.",
    "migrate": "Create or extend the store's tables.",
    "submit": "Start the job on the local stack.",
    "doctor": "Look at a deployment and say what to mend.",
    "contract": "Print the JSON Schema of events.",
    "produce": "Write simulated traffic, or JSON lines, to Kafka.",
    "keys": "Create, list and revoke keys of the API.",
    "priors": "Fit and choose what is believed without evidence.",
    "canary": "Watch how fresh profiles are, as a metric.",
    "soak": "Traffic with a random kill each minute, verified at the end.",
    "dlq": "List, show and replay dead letters.",
    "bench": "Measure Penchant on this machine.",
    "evaluate": "Measure the model: predictions against rivals, intervals against the truth.",
    "savepoint": "Take and list savepoints of the job.",
    "reprocess": "Compute history again, beside the live service.",
    "archive": "Keep the log's records in files, for longer than it does.",
    "generation": "List, compare, switch to and drop computations of history.",
    "verify": "Compare the store with a recount of the log, cell by cell.",
}
"""Name and summary; `flink_job/console/<name>.py` holds the command, a function `command`."""


class Console(click.Group):
    """A group that finds its commands in COMMANDS and says our own errors in one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the module of a command."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"flink_job.console.{name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the summaries without importing a module."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; an error of ours, or one of files, ends it with one clear line and code 1."""
        os.environ.update(handed_on(os.environ))
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except (PenchantError, OSError) as exc:
            click.echo(f"penchant: {exc}", err=True)
            sys.exit(1)


@click.group(cls=Console)
def main() -> None:
    """What each user of a marketplace likes, right now."""
