"""The golden savepoint: state that an earlier build has written, kept beside this file, and the log that belongs to it.

`PYTHONPATH=tests python tests/e2e/golden_job.py` makes it anew, after a change of uids or state that is a decision. The
job takes each record as appended at one instant (build `pinned`), so that its batches can be added to for ever.
"""

import datetime
import os
import shutil
import tempfile
from pathlib import Path

from records import event, message
from running import own_job, own_settings, prepare, produce, submit, until
from trial import CARS

from flink_job.local import job, stack
from flink_job.local.settings import StackSettings
from flink_job.local.traffic.message import Message
from flink_job.position import LogPosition
from flink_job.settings import JobSettings

SAVEPOINT = Path(__file__).with_name("golden")
AT = datetime.datetime(2026, 11, 25, 18, 30, tzinfo=datetime.UTC)
BUILD = "pinned"
USERS, EACH = 12, 5


def settings(local: StackSettings) -> JobSettings:
    """Nothing expires: the state is as old as it is, and so are its dates."""
    return own_job(local, "golden", state_ttl_hours=str(24 * 3_650), retention_days="3650")


def log(first: int, events: int) -> list[Message]:
    """Events of every user, the same in each run."""
    found = []
    for number in range(first, first + events):
        for user in range(USERS):
            # Later events fall into the batches of the first.
            when = AT - datetime.timedelta(minutes=number % EACH * 7 + user)
            changes = {"event_id": f"{user}-{number}", "occurred_at": when.isoformat()}
            found.append(message(event(f"golden-{user}", number % 4, **changes)))
    return found


def make(local: StackSettings) -> None:
    """Run the job over the log and keep the savepoint at which it stops."""
    made = settings(local)
    prepare(local, made, CARS)
    submitted = submit(local, made, parallelism=1, build=BUILD)
    produce(made, log(0, EACH))
    position = LogPosition(made)
    until(lambda: position.lag() == 0 and sum(position.committed().values()) > 0)
    savepoint = job.stop_with_savepoint(local, submitted)
    shutil.rmtree(SAVEPOINT, ignore_errors=True)
    shutil.copytree(savepoint, SAVEPOINT)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        own = own_settings(Path(place) / "stack")
        try:
            stack.up(own, without=("api",), owner=os.getpid())
            make(own)
        finally:
            stack.down(own, wipe=True)
