"""`penchant contract`: what a producer must write, as JSON Schema."""

import click
import msgspec

from flink_job.console import options
from udfs.catalogues.catalogue import load
from udfs.events.contract import schema


@click.command(name="contract")
@options.catalogue
def command(catalogue: str) -> None:
    """Print the JSON Schema of the events that a catalogue counts."""
    click.echo(msgspec.json.format(msgspec.json.encode(schema(load(catalogue)))))
