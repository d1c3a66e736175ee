"""`penchant demo`: the whole way of an event on this machine, and the proof that it is exact."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import msgspec
from rich.console import Console

from flink_job.console.options import catalogue as catalogue_option
from flink_job.local import stack
from flink_job.local.demo.demo import Demo
from flink_job.local.demo.order import Order
from flink_job.local.settings import StackSettings, client_environ, stack_settings
from flink_job.local.traffic.traffic import traffic
from flink_job.settings import JobSettings
from flink_job.verify.report import Report
from udfs.catalogues.catalogue import load
from udfs.settings import read


@click.command(name="demo")
@click.option("--once", is_flag=True, help="End by itself after verifying; exit code 0 only if all agrees.")
@click.option("--events", type=click.IntRange(1), default=30_000, show_default=True, help="Messages to send.")
@click.option("--rate", type=click.FloatRange(0), default=1000.0, show_default=True, help="Per second; 0 = no limit.")
@catalogue_option
@click.option("--seed", default=1, show_default=True, help="Fixes the users' tastes.")
@click.option("--users", default=2000, show_default=True, help="Users at any one time.")
@click.option("--crawlers", default=0, show_default=True, help="Users who read every item in turn.")
@click.option("--duplicates", default=0.02, show_default=True, help="Share of messages that repeat an earlier one.")
@click.option("--out-of-order", default=0.02, show_default=True, help="Share of events that come minutes late.")
@click.option("--late", default=0.005, show_default=True, help="Share of events that come a day late.")
@click.option("--malformed", default=0.005, show_default=True, help="Share of messages that are no events.")
@click.option("--parallelism", default=2, show_default=True, help="Subtasks of each operator.")
@click.option("--plan", type=click.Choice(["collected", "keyed"]), default="collected", show_default=True)
@click.option("--patience", "patience_s", default=300.0, show_default=True, help="Longest wait for the job, seconds.")
def command(catalogue: str, once: bool, **options: object) -> None:
    """Bring everything up, stream traffic, show a profile beside the truth, and verify."""
    # The API is started with this process's environment.
    os.environ["PENCHANT_CATALOGUE"] = catalogue if catalogue in ("cars", "films") else str(Path(catalogue).absolute())
    local = own_stack(os.environ)
    settings = read(JobSettings, dict(os.environ) | client_environ(local) | {"PENCHANT_PLAN": str(options["plan"])})
    order = msgspec.convert(options | {"once": once, "traffic": traffic(options)}, Order)
    demo = Demo(order, local, settings, load(settings.catalogue), Console())
    stack.vacate(local)
    try:
        report = _run(demo, once=once)
    except KeyboardInterrupt:
        # Nothing was verified: with --once that is a failure.
        if once:
            raise
        report = None
    finally:
        demo.end()
    if report is not None:
        click.echo("\n".join(report.lines()))
        sys.exit(0 if report.agrees else 1)


def _run(demo: Demo, *, once: bool) -> Report | None:
    demo.begin()
    demo.stream()
    demo.show()
    if once:
        return demo.verified()
    demo.linger()
    return None


def own_stack(environ: Mapping[str, str]) -> StackSettings:
    """A directory of the demo's own beside the one of `penchant up`, as the demo wipes it."""
    settings = stack_settings(environ)
    named = environ.get("PENCHANT_STACK_DIRECTORY")
    own = f"{settings.directory}-demo" if named else str(Path(settings.cache) / "demo")
    return msgspec.structs.replace(settings, stack_directory=own)
