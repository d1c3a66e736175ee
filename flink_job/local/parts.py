"""Which parts the stack has, in the order in which `status` lists them."""

import sys
from collections.abc import Sequence
from urllib.error import URLError
from urllib.request import urlopen

from flink_job.local import cassandra, cluster, kafka
from flink_job.local.part import Part
from flink_job.local.settings import StackSettings, client_environ
from udfs.errors import StackError

GROUPS = ("kafka", "cassandra", "flink", "api")
"""What can be left out."""


def parts_of(settings: StackSettings, without: Sequence[str] = ()) -> tuple[Part, ...]:
    """The parts to run. Raises StackError for a name that is not in GROUPS."""
    for name in without:
        if name not in GROUPS:
            message = f"there is no part {name!r} to leave out; parts are {', '.join(GROUPS)}"
            raise StackError(message)
    builders = {
        "kafka": lambda: (kafka.part(settings),),
        "cassandra": lambda: cassandra.parts(settings),
        "flink": lambda: cluster.parts(settings),
        "api": lambda: (_api(settings),),
    }
    return tuple(part for name in GROUPS if name not in without for part in builders[name]())


def _api(settings: StackSettings) -> Part:
    return Part(
        name="api",
        command=(sys.executable, "-m", "api"),
        environ=client_environ(settings),
        address=settings.api_url,
        ports={"PENCHANT_API_PORT": settings.api_port},
        ready=lambda _: _answers(f"{settings.api_url}/health"),
        after=("cassandra", "jobmanager"),
    )


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False
