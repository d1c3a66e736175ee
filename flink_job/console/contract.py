"""`penchant contract`: what a producer must write, as JSON Schema."""

import click
import msgspec

from udfs.catalogues.catalogue import load
from udfs.events.contract import schema


@click.command(name="contract")
@click.option(
    "--catalogue",
    envvar="PENCHANT_CATALOGUE",
    default="cars",
    show_default=True,
    help="Name of a shipped catalogue, or a file.",
)
def command(catalogue: str) -> None:
    """Print the JSON Schema of the events that a catalogue counts."""
    click.echo(msgspec.json.format(msgspec.json.encode(schema(load(catalogue)))))
