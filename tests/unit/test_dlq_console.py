"""`penchant dlq`: names as it lists them are names, and a replay is for the generation that answers rest on."""

from collections import Counter
from collections.abc import Iterable
from typing import ClassVar

import pytest
from click.testing import CliRunner, Result

from cql.layers import Generation
from flink_job.console import dlq
from flink_job.console.main import main
from flink_job.letter import Letter
from flink_job.local.traffic.message import Message
from flink_job.settings import JobSettings
from udfs.errors import Reason
from udfs.events.record import Origin, Record

LETTERS = [
    *(Letter(Reason.UNKNOWN_TYPE, "no", 7, 0, 17, b"ann", b"{}", generation=number) for number in (1, 2)),
    Letter(Reason.UNKNOWN_TYPE, "no", 7, 0, 20, b"ann", b"{}", generation=1),
    Letter(Reason.TOO_LARGE, "at most so many bytes", 8, 0, 18, b"ann", b"{", length=9_000_000),
    Letter(Reason.UNWRITABLE, "the store refuses it", -1, -1, -1, b"ann", b"[]"),
]


class HeldLog:
    """The rejected topic, in memory; that of events is empty."""

    def __init__(self, settings: JobSettings, topic: str) -> None:
        self.letters = LETTERS if topic == settings.rejected_topic else []

    def __enter__(self) -> "HeldLog":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ends(self) -> dict[int, int]:
        return {0: len(self.letters)}

    def records(self, ends: dict[int, int]) -> list[Record]:
        found = self.letters[: ends.get(0, 0)]
        return [Record(8, 0, number, None, one.json().encode()) for number, one in enumerate(found)]


class HeldProducer:
    """A log that takes everything, or nothing."""

    sent: ClassVar[list[Message]] = []
    error: ClassVar[str] = ""

    def __init__(self, settings: JobSettings, topic: str, clock: object) -> None:
        self.acknowledged = 0
        self.failed: Counter[str] = Counter()

    def send(self, messages: Iterable[Message]) -> None:
        for message in messages:
            if self.error:
                self.failed[self.error] += 1
            else:
                self.sent.append(message)
                self.acknowledged += 1

    def close(self) -> None:
        pass


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> type[HeldProducer]:
    """Generation 2 is in force."""
    own = type("Own", (HeldProducer,), {"sent": []})
    monkeypatch.setattr(dlq, "EventProducer", own)
    monkeypatch.setattr(dlq, "chosen", lambda _: 2)
    monkeypatch.setattr(dlq, "lineage", lambda _, number: [Generation(number=number)])
    monkeypatch.setattr(dlq, "Log", HeldLog)
    return own


def penchant(*command: str, generation: str | None = None) -> Result:
    return CliRunner().invoke(main, ["dlq", *command], env={"PENCHANT_GENERATION": generation})


@pytest.mark.usefixtures("producer")
def test_a_batch_that_the_store_has_refused_is_shown_by_the_name_that_is_listed() -> None:
    assert "-1:-1" in penchant("list").stdout
    assert "the store refuses it" in penchant("show", "-1:-1").stdout
    assert "1 letters are not sent" in penchant("replay", "-1:-1").stdout


@pytest.mark.usefixtures("producer")
@pytest.mark.parametrize("name", ["0:19", "--resaon"])
def test_a_name_that_is_none_is_told(name: str) -> None:
    done = penchant("show", name)
    assert (done.exit_code, f"there is no dead letter {name}" in done.stderr) == (1, True)


@pytest.mark.parametrize(("given", "generation"), [(None, 2), ("", 2), ("1", 1)])
def test_a_replay_is_for_the_generation_in_force_unless_one_is_set(
    producer: type[HeldProducer], given: str | None, generation: int
) -> None:
    done = penchant("replay", "0:17", generation=given)
    assert f"1 records sent again to events, for generation {generation}" in done.stdout
    assert [message.origin for message in producer.sent] == [Origin(0, 17, 7, generation).header()]


def test_what_another_generation_has_refused_is_left_unless_it_is_asked_for(producer: type[HeldProducer]) -> None:
    """Generation 2 has met its record as well, and has no letter of it: it may have counted it."""
    told = "1 letters are not sent: not known to be refused by generation 2, which has met their records"
    assert told in penchant("replay", "--reason", "unknown_type").stdout
    assert [message.origin for message in producer.sent] == [Origin(0, 17, 7, 2).header()]
    assert "1 records sent again" in penchant("replay", "0:20", "--any-generation").stdout
    assert producer.sent[-1].origin == Origin(0, 20, 7, 2).header()


@pytest.mark.usefixtures("producer")
def test_letters_are_listed_with_the_generation_that_refused_them() -> None:
    listed = penchant("list").stdout
    assert [f"generation {number}  unknown_type" in listed for number in (1, 2, 3)] == [True, True, False]
    assert "unknown generation  unwritable" in listed


def test_what_was_not_sent_is_told_with_the_reason_and_the_mend(producer: type[HeldProducer]) -> None:
    producer.error = "Broker: Message size too large"
    done = penchant("replay", "0:17")
    assert done.exit_code == 1
    assert "0 records sent again" in done.stdout
    assert "1 records were not sent: Broker: Message size too large (1); mend that and replay the same" in done.stderr


def test_a_letter_that_is_cut_tells_it_and_is_not_sent(producer: type[HeldProducer]) -> None:
    assert "cut: key and value have 9,000,000 bytes; the log has them all, at 0:18" in penchant("show", "0:18").stdout
    assert "1 letters are not sent: cut ones; their records are whole in the log" in penchant("replay", "0:18").stdout
    assert producer.sent == []
