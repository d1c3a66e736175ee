"""The demo's steps: stack up, job submitted, traffic, a profile beside its truth, verified, all down.

In: an `Order` and where the stack is. Out: what is seen in the terminal, and the report of the verification.
"""

import datetime
import os
import time
import urllib.error
import urllib.request
from functools import partial
from typing import Any
from urllib.parse import quote

import msgspec
from rich.console import Console
from rich.live import Live
from rich.status import Status

from cql.migrate import migrate
from flink_job.local import job, kafka, stack
from flink_job.local.demo.feed import Feed
from flink_job.local.demo.gauges import Gauges
from flink_job.local.demo.order import Order
from flink_job.local.demo.taste import taste_table
from flink_job.local.keys import local_key
from flink_job.local.settings import StackSettings
from flink_job.local.state import StackState
from flink_job.local.traffic.items import load as load_items
from flink_job.local.traffic.truth import Oracle
from flink_job.settings import JobSettings
from flink_job.verify.report import Report
from flink_job.verify.verify import verify
from udfs.catalogues.catalogue import Catalogue
from udfs.errors import LogUnavailable, StackError
from udfs.settings import environment

_REFRESH_S = 0.5
_ANSWER_S = 30.0
_LATER = (429, 503)
_LINGER_RATE = 50.0


class Demo:
    """One run. `begin` to `verified` are called in order; `end` always."""

    def __init__(
        self, order: Order, local: StackSettings, settings: JobSettings, catalogue: Catalogue, console: Console
    ) -> None:
        """`local` is the demo's own stack; the job and the API get `settings`."""
        self._order = order
        self._local = local
        self._settings = settings
        self._catalogue = catalogue
        self._console = console
        self._items = load_items(catalogue)
        self._clients: list[Feed | Gauges] = []

    def begin(self) -> None:
        """Bring everything up and start the job."""
        with self._console.status("starting Kafka, Cassandra, Flink and the API") as status:
            told = partial(_tell, status)
            stack.up(self._local, owner=os.getpid(), progress=told, say=self._say)
            self._say("the stack is up: Kafka, Cassandra, Flink (one JobManager, two TaskManagers), the API")
            kafka.create_topics(self._local, events=self._settings.events_topic, rejected=self._settings.rejected_topic)
            status.update("making the tables")
            migrate(self._settings, self._catalogue)
            self._token = str(local_key(self._settings, "penchant demo"))
            status.update("submitting the job")
            submitted = job.submit(self._local, environment(self._settings), parallelism=self._order.parallelism)
        self._say(f"the job runs: {self._local.flink_url}/#/job/{submitted}/overview")
        self._feed = Feed(self._items, self._order.traffic, self._settings)
        self._gauges = Gauges(self._settings)
        self._clients = [self._feed, self._gauges]

    def stream(self) -> None:
        """Send the traffic and watch until the job has caught up with it."""
        self._feed.start(self._order.events, self._order.rate)
        deadline = None
        with Live(console=self._console) as live:
            while (reading := self._gauges.read(self._feed.sent)).lag or self._feed.running:
                live.update(reading.table())
                deadline = self._deadline(deadline)
                time.sleep(_REFRESH_S)
            live.update(self._gauges.read(self._feed.sent).table())

    def show(self) -> None:
        """Print the profile of the user who chose most, beside the hidden taste."""
        lists = self._feed.shown.lists
        user_id = max(lists, key=lambda user: (sum(len(shown.chosen) for shown in lists[user]), user))
        truth = Oracle(self._items, self._order.traffic.seed).truth(user_id, lists[user_id], _now())
        self._console.print(taste_table(self._profile(user_id), truth))
        self._say(f"profile: curl -H 'Authorization: Bearer {self._token}' {self._profile_url(user_id)}")
        self._say(f"API documents: {self._local.api_url}/schema")

    def linger(self) -> None:
        """Stream on slowly until Ctrl-C."""
        self._say("traffic goes on; Ctrl-C ends the demo and stops everything")
        self._feed.start(None, _LINGER_RATE)
        with Live(console=self._console, transient=True) as live:
            while self._feed.running:
                live.update(self._gauges.read(self._feed.sent).table())
                time.sleep(_REFRESH_S)

    def verified(self) -> Report:
        """Compare the store with a recount of the log."""
        return verify(self._settings, self._catalogue, self._order.patience_s, self._say)

    def end(self) -> None:
        """Stop every process of the stack and delete its data."""
        try:
            # Clients first: left open, they would complain about brokers that go away on purpose.
            for client in self._clients:
                client.close()
        finally:
            with self._console.status("stopping everything"):
                stack.down(self._local, wipe=True)

    def _deadline(self, deadline: float | None) -> float | None:
        """When patience ends, counted from the last message sent. Raises LogUnavailable when it has."""
        if self._feed.running:
            return None
        deadline = deadline or time.monotonic() + self._order.patience_s
        if time.monotonic() > deadline:
            message = f"the job has not caught up in {self._order.patience_s:.0f} s; see the logs in {self._local.logs}"
            raise LogUnavailable(message)
        return deadline

    def _profile(self, user_id: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(self._profile_url(user_id), headers=headers)
        return msgspec.json.decode(_until_answered(request), type=dict[str, Any])

    def _profile_url(self, user_id: str) -> str:
        return f"{self._local.api_url}/v1/users/{quote(user_id, safe='')}/profile"

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)


def _tell(status: Status, state: StackState) -> None:
    waiting = [part.name for part in state.parts if part.ready_after is None]
    status.update(f"starting {', '.join(waiting)}" if waiting else "all parts are ready")


def _until_answered(request: urllib.request.Request) -> bytes:
    """The answer; one that comes too late for now is asked for again. Raises StackError."""
    deadline = time.monotonic() + _ANSWER_S
    while True:
        try:
            with urllib.request.urlopen(request, timeout=_ANSWER_S) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as exc:
            if exc.code not in _LATER or time.monotonic() > deadline:
                message = f"the API answers with status {exc.code}: {exc.read().decode(errors='replace')[:500]}"
                raise StackError(message) from exc
            time.sleep(_REFRESH_S)


def _now() -> datetime.datetime:
    return datetime.datetime.fromtimestamp(time.time(), datetime.UTC)
