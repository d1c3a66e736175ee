"""`penchant status`: the parts of the local stack, their processes, addresses, memory and logs."""

import os
import sys

import click
import msgspec

from flink_job.local import processes, stack
from flink_job.local.settings import stack_settings
from flink_job.local.state import PartState, Phase, StackState


@click.command(name="status")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> None:
    """Show each part of the local stack; exit code 1 unless all are ready and every job can go on."""
    state = stack.status(stack_settings(os.environ))
    click.echo(_json(state) if as_json else _table(state))
    sys.exit(0 if state.phase is Phase.UP and not state.failure else 1)


def _table(state: StackState) -> str:
    rows = [("part", "state", "pid", "restarts", "memory", "address", "log"), *(_row(part) for part in state.parts)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*(lines if state.parts else ()), f"the stack is {state.phase}", *filter(None, [state.failure])])


def _row(part: PartState) -> tuple[str, ...]:
    pid = str(part.pid or "-")
    return part.name, part.life, pid, str(part.restarts), _memory(part), part.address, part.log


def _memory(part: PartState) -> str:
    return f"{processes.memory(part.pid) / 2**20:.0f} MiB" if part.pid else "-"


def _json(state: StackState) -> str:
    plain = msgspec.to_builtins(state)
    for part in plain["parts"]:
        part["memory"] = processes.memory(part["pid"]) if part["pid"] else 0
    return msgspec.json.format(msgspec.json.encode(plain)).decode()
