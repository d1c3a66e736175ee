"""Options that several commands have."""

import click

catalogue = click.option(
    "--catalogue",
    envvar="PENCHANT_CATALOGUE",
    default="cars",
    show_default=True,
    help="Name of a shipped catalogue, or a file.",
)

share = click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    show_default=True,
    help="Part of all users to compare, always the same ones: memory grows with it.",
)
