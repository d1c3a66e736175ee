"""A store of three nodes: what one of them does is noticed by nobody, and what all of them do is waited for."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import psutil
import pytest
from asking import Caller, api
from running import own_settings, part, until
from trial import FIRST_RECORDS, RATE, Trial, trial

from flink_job.local import cassandra, processes, stack
from flink_job.local.part import MARKER, PART_MARKER
from flink_job.local.settings import StackSettings, client_environ

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

NODES = ("cassandra", "cassandra-2", "cassandra-3")
DOWN_S, GONE_S = 20.0, 5.0
LEAST_ANSWERS = 5
"""A second: a third of what a caller gets from a store that is whole."""
JOIN_S = 400.0
"""Four JVMs, a cluster of Flink and whatever else the machine does share its cores while a node starts."""
USERS = [f"user-{number:05d}" for number in range(20)]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackSettings]:
    """Three nodes of Cassandra, and nothing else."""
    settings = own_settings(tmp_path_factory.mktemp("nodes"))
    settings = msgspec.structs.replace(settings, store_nodes=len(NODES), store_memory=512, start_timeout_s=JOIN_S)
    try:
        stack.up(settings, without=("kafka", "flink", "api"), owner=os.getpid())
        yield settings
    finally:
        stack.down(settings, wipe=True)


@contextmanager
def asked(local: StackSettings, nodes: StackSettings, name: str) -> Iterator[tuple[Trial, Caller]]:
    """A trial on these nodes, and a caller whom its API has already answered."""
    with trial(local, name, **_store(nodes)) as under, api(under.settings) as place, Caller(place, USERS) as caller:
        until(lambda: len(caller.answers) > 20)
        assert caller.statuses() == {200}
        yield under, caller


def test_one_node_of_three_that_hangs_and_dies_is_noticed_by_nobody(local: StackSettings, nodes: StackSettings) -> None:
    """The one that clients have met first, over which they hear of the others."""
    with asked(local, nodes, "one_down") as (under, caller):
        [node] = processes.marked(nodes.directory, NODES[0])
        asked_before, before = len(caller.answers), under.checkpointed()
        node.suspend()
        # The length of the fault, not a wait for something to happen.
        time.sleep(DOWN_S)
        assert node.status() == psutil.STATUS_STOPPED
        assert under.checkpointed() > before + RATE * DOWN_S / 2, "the job was held up"
        assert len(caller.answers) > asked_before + LEAST_ANSWERS * DOWN_S, "callers were held up"
        under.recover()
        assert failed(caller) == [], "while it hung"
        node.kill()
        until(lambda: part(nodes, NODES[0]).pid not in (None, node.pid))
        assert failed(caller) == [], "when it died"
        until(lambda: stack.status(nodes).phase == "up", JOIN_S)
        under.recover()
        assert failed(caller) == [], "while it came back"
        assert under.failures() == 0


def test_when_all_nodes_are_gone_the_job_waits_and_callers_are_told_when_to_come_again(
    local: StackSettings, nodes: StackSettings
) -> None:
    with asked(local, nodes, "all_down") as (under, caller):
        gone = [processes.marked(nodes.directory, name)[0] for name in NODES]
        for node in gone:
            node.suspend()
        until(lambda: caller.statuses() == {200, 503})
        sent = under.sent
        # The length of the fault.
        time.sleep(GONE_S)
        assert FIRST_RECORDS < under.checkpointed() < sent + RATE, "the job did not hold back"
        for node in gone:
            node.kill()
        until(lambda: stack.status(nodes).phase != "up")
        hung = len(caller.answers)
        until(lambda: 503 in [answer.status for answer in caller.answers[hung + 1 :]])
        until(lambda: stack.status(nodes).phase == "up", JOIN_S)
        until(lambda: [answer.status for answer in caller.answers[-20:]] == [200] * 20)
        under.recover()
        assert caller.statuses() == {200, 503}, "an answer did not come within the limit"
        assert under.failures() == 0
        assert all(answer.headers["Retry-After"] for answer in caller.answers if answer.status == 503)


def test_a_fourth_node_and_a_second_api_join_under_load(local: StackSettings, nodes: StackSettings) -> None:
    with asked(local, nodes, "grown") as (under, caller), joined(nodes) as hosts:
        under.recover()
        with api(under.settings, PENCHANT_STORE_HOSTS=hosts) as second:
            with Caller(second, USERS) as other:
                until(lambda: len(other.answers) > 100)
            assert other.statuses() == {200}
        assert caller.statuses() == {200}
        assert under.failures() == 0
        under.finish()
        under.judge()


@contextmanager
def joined(nodes: StackSettings) -> Iterator[str]:
    """The addresses of all nodes, when a fourth one has joined."""
    more = msgspec.structs.replace(nodes, store_nodes=4)
    joining = cassandra.part(more, 4)
    joining.prepare()
    file = nodes.logs / "cassandra-4.log"
    markers = {MARKER: str(nodes.directory), PART_MARKER: joining.name}
    with file.open("wb") as log:
        node = subprocess.Popen(joining.command, env=os.environ | markers, stdout=log, stderr=log)
        try:
            until(lambda: joining.ready(node.pid), JOIN_S, lambda: file.read_text()[-5_000:])
            yield _store(more)["store_hosts"]
        finally:
            node.terminate()
            node.wait()


def failed(caller: Caller) -> list[tuple[int, int, float]]:
    """The number, status and seconds of each answer that is none."""
    numbered = enumerate(list(caller.answers))
    return [(number, answer.status, round(answer.seconds, 2)) for number, answer in numbered if answer.status != 200]


def _store(nodes: StackSettings) -> dict[str, str]:
    hosts = client_environ(nodes)["PENCHANT_STORE_HOSTS"]
    return {"store_hosts": hosts, "store_port": str(nodes.store_port), "store_replication": "3"}
