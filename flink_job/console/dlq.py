"""`penchant dlq`: dead letters, each once: what was not counted and why, and a way to count it after all."""

import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping

import click
import msgspec

from cql.generations import chosen, lineage
from flink_job.letter import Carried, Letter, distinct, letters
from flink_job.local.settings import job_settings
from flink_job.local.traffic.message import Message
from flink_job.local.traffic.producer import EventProducer
from flink_job.log import Log
from flink_job.repeats import repeats
from flink_job.replay import Crowd, Objection, foreign, parted, unfit
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load
from udfs.errors import LogUnavailable, Reason, SettingsError
from udfs.events.batch import instant
from udfs.events.event import Decoder
from udfs.settings import variable

_WORDS = [reason.value for reason in Reason]
_reasons = click.option(
    "--reason", "reasons", multiple=True, type=click.Choice(_WORDS), help="Only letters of this reason; repeatable."
)
_names = click.argument("names", nargs=-1, metavar="[PARTITION:OFFSET]...")
_LIKE_OPTIONS = {"ignore_unknown_options": True}
"""Batches that the store has refused are called -1:-1."""


@click.group(name="dlq")
def command() -> None:
    """Dead letters: records of the log that were not counted, each with its reason."""


@command.command(name="list")
@_reasons
@click.option("--json", "as_json", is_flag=True, help="Print each letter as a line of JSON.")
def list_letters(reasons: tuple[str, ...], as_json: bool) -> None:
    """A line per letter and generation that has refused it, and how many there are of each reason."""
    found = _chosen(_settings(), (), reasons)
    for letter in found:
        click.echo(letter.json() if as_json else _line(letter))
    counts = Counter(letter.reason.value for letter in found)
    summary = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))
    click.echo(f"{len(found):,} dead letters{': ' if summary else ''}{summary}", err=as_json)


@command.command(name="show", context_settings=_LIKE_OPTIONS)
@_names
def show(names: tuple[str, ...]) -> None:
    """All that is known of single letters: reason, detail, time, key and original bytes."""
    for letter in _chosen(_settings(), _required(names, ()), ()):
        click.echo(_whole(letter))


@command.command(name="replay", context_settings=_LIKE_OPTIONS)
@_names
@_reasons
@click.option("--any-generation", is_flag=True, help="Also letters whose records the generation may count itself.")
def replay(names: tuple[str, ...], reasons: tuple[str, ...], any_generation: bool) -> None:
    """Send letters to the topic of events again, after their cause was mended. Again: they still count once.

    They count in the generation in force, or that of PENCHANT_GENERATION where it is set; capped ones in every one.
    Letters are sent that this one has refused, or one below it before this one begins. For capped ones the log is read:
    repeats of events that count are left.
    """
    settings = _settings()
    found = _chosen(settings, _required(names, reasons), reasons)
    generation = generation_meant(settings, os.environ)
    others = [] if any_generation else [foreign(lineage(settings, generation))]
    fit, left = parted(found, (unfit, *others))
    sent, more = parted(fit, (_repeats(settings, generation, fit), Crowd()))
    producer = EventProducer(settings, settings.events_topic, time.monotonic)
    producer.send(Message(letter.key, letter.value, letter.replayed(generation).header()) for letter in sent)
    producer.close()
    where = f"{settings.events_topic}, for generation {generation}"
    click.echo(f"{producer.acknowledged:,} records sent again to {where}")
    for why, count in (left + more).items():
        click.echo(f"{count:,} letters are not sent: {why}")
    check_sent(producer.failed)


def generation_meant(settings: JobSettings, environ: Mapping[str, str]) -> int:
    """The generation that is set, or that in force: its job has refused the records. Raises StoreError."""
    return settings.generation if environ.get(variable("generation")) else chosen(settings)


def check_sent(failed: Mapping[str, int]) -> None:
    """Raise LogUnavailable where Kafka did not take records, counted by error."""
    if failed:
        errors = ", ".join(f"{error} ({count:,})" for error, count in failed.items())
        message = (
            f"{sum(failed.values()):,} records were not sent: {errors}; mend that and replay the same again, as those "
            "that were sent still count once"
        )
        raise LogUnavailable(message)


def _repeats(settings: JobSettings, generation: int, found: Iterable[Letter]) -> Objection:
    capped = [one for one in found if one.reason is Reason.CAPPED]
    decoder = Decoder(load(settings.catalogue), settings.retention_days, generation)
    with Log(settings, settings.events_topic) as log:
        return repeats(capped, log, decoder)


def _settings() -> JobSettings:
    return job_settings(os.environ)


def _required(names: tuple[str, ...], reasons: tuple[str, ...]) -> tuple[str, ...]:
    if not names and not reasons:
        message = "name letters as `penchant dlq list` does, such as 0:17, or give a --reason"
        raise SettingsError(message)
    return names


def _chosen(settings: JobSettings, names: tuple[str, ...], reasons: tuple[str, ...]) -> list[Letter]:
    with Log(settings, settings.rejected_topic) as log:
        found = distinct(letters(log.records(log.ends())))
    _check(names, found)
    return [one for one in found if (not names or one.name in names) and (not reasons or one.reason in reasons)]


def _check(names: Iterable[str], found: list[Letter]) -> None:
    unknown = set(names) - {letter.name for letter in found}
    if unknown:
        message = f"there is no dead letter {', '.join(sorted(unknown))}; see `penchant dlq list`"
        raise SettingsError(message)


def _line(letter: Letter) -> str:
    key = "-" if letter.key is None else letter.key.decode(errors="replace")[:40]
    by = "unknown generation" if letter.generation is None else f"generation {letter.generation}"
    return f"{letter.name:<12} {_time(letter)}  {by}  {letter.reason:<18} {key}: {letter.detail}"


def _whole(letter: Letter) -> str:
    value = "nothing" if letter.value is None else letter.value.decode(errors="backslashreplace")
    plain = {name: text for name, text in msgspec.to_builtins(letter).items() if name not in Carried._fields}
    rows = [f"{name}: {text}" for name, text in plain.items()]
    if letter.is_cut:
        rows.append(f"cut: key and value have {letter.length:,} bytes; the log has them all, at {letter.name}")
    key = "none" if letter.key is None else letter.key.decode(errors="backslashreplace")
    return "\n".join([f"letter {letter.name}, {_time(letter)}", *rows, f"key: {key}", f"value: {value}", ""])


def _time(letter: Letter) -> str:
    if letter.append_ms < 0:
        return "at no known time"
    return instant(letter.append_ms).isoformat(timespec="seconds")
