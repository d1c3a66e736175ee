"""Options that several commands have."""

import click

catalogue = click.option(
    "--catalogue",
    envvar="PENCHANT_CATALOGUE",
    default="cars",
    show_default=True,
    help="Name of a shipped catalogue, or a file.",
)
