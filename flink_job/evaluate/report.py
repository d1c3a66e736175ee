"""The outcome of an evaluation, as data and as text."""

import datetime
from collections.abc import Iterator, Sequence

import msgspec

from flink_job.evaluate.calibration import Group, Quantiles, expected_error
from flink_job.evaluate.clusters import Difference, Estimate
from flink_job.evaluate.coverage import Bucket

Dates = tuple[datetime.date, datetime.date]

LOW, HIGH = 0.86, 0.94
"""Between these a bucket of 90 % intervals is called covered."""


class Periods(msgspec.Struct, frozen=True):
    """First and last date of each period."""

    train: Dates
    validation: Dates
    test: Dates


class Method(msgspec.Struct, frozen=True):
    """How well a method did in the test period; `ahead_*` is how far Penchant is ahead of it, None for itself."""

    name: str
    parameters: str
    log_score: Estimate
    by_dimension: dict[str, float]
    reciprocal_rank: Estimate
    hit: Estimate
    ahead_in_nats: Difference | None
    ahead_in_rank: Difference | None
    ahead_in_hits: Difference | None


class Breakdown(msgspec.Struct, frozen=True):
    """The same for a part of the occasions, by method."""

    group: str
    users: int
    log_score: dict[str, float]
    reciprocal_rank: dict[str, float]
    ahead_in_nats: dict[str, Difference]
    ahead_in_rank: dict[str, Difference]


class Coverage(msgspec.Struct, frozen=True):
    """How often intervals hold the truth: the long run, and beside it the expectation given the lists shown."""

    level: float
    users: int
    shares: list[Bucket]
    means: list[Bucket]
    by_dimension: dict[str, list[Bucket]]
    shares_given_lists: list[Bucket]
    means_given_lists: list[Bucket]


class Report(msgspec.Struct, frozen=True):
    """The whole outcome. `missing` says what the log could not tell, and why."""

    catalogue: str
    periods: Periods
    users: int
    occasions: int
    lists: int
    refused: dict[str, int]
    methods: list[Method]
    coefficients: dict[str, float]
    breakdowns: list[Breakdown]
    coverage: Coverage | None
    quantiles: list[Quantiles]
    categories: list[Group]
    missing: list[str]


def text(report: Report) -> str:
    """The report for people."""
    parts = (_heading, _methods, _breakdowns, _coverage, _predictive)
    return "\n".join(line for part in parts for line in part(report))


def _heading(report: Report) -> Iterator[str]:
    dates = msgspec.structs.asdict(report.periods).items()
    yield f"{report.catalogue}: {report.users:,} users; " + ", ".join(f"{n} {a} to {b}" for n, (a, b) in dates)
    yield f"test: {report.occasions:,} days of users, {report.lists:,} lists shown"
    yield from (f"{count:,} events refused: {reason}" for reason, count in report.refused.items())
    yield from (f"missing: {one}" for one in report.missing)


def _methods(report: Report) -> Iterator[str]:
    yield ""
    heading = f"{'method':<18} {'setting (by validation)':<36} {'log score':>9} {'MRR':>7} {'hit@10':>7}"
    yield f"{heading}   Penchant ahead, 95 %"
    for one in report.methods:
        scores = f"{one.log_score.mean:9.3f} {one.reciprocal_rank.mean:7.4f} {one.hit.mean:7.4f}"
        ahead = "" if one.ahead_in_nats is None else f"   {_ahead(one)}"
        yield f"{one.name:<18} {one.parameters:<36} {scores}{ahead}"


def _ahead(one: Method) -> str:
    parts = ((one.ahead_in_nats, "nats", 3), (one.ahead_in_rank, "MRR", 4), (one.ahead_in_hits, "hit", 4))
    return ", ".join(f"{_difference(found, digits)} {name}" for found, name, digits in parts if found)


def _difference(found: Difference, digits: int) -> str:
    return f"{found.mean:+.{digits}f} ({found.low:+.{digits}f} to {found.high:+.{digits}f})"


def _breakdowns(report: Report) -> Iterator[str]:
    for one in report.breakdowns:
        yield ""
        yield f"{one.group}: {one.users:,} users"
        for method, score in one.log_score.items():
            row = f"  {method:<18} {score:9.3f} nats, MRR {one.reciprocal_rank[method]:.4f}"
            nats, rank = one.ahead_in_nats.get(method), one.ahead_in_rank.get(method)
            ahead = f"   {_difference(nats, 3)}, MRR {_difference(rank, 4)}" if nats and rank else ""
            yield row + ahead


def _coverage(report: Report) -> Iterator[str]:
    if report.coverage is None:
        return
    yield ""
    yield f"coverage of {report.coverage.level:.0%} intervals, {report.coverage.users:,} users"
    yield from map(_bucket, report.coverage.shares)
    yield "of means"
    yield from map(_bucket, report.coverage.means)
    yield "by dimension, by evidence"
    for name, found in report.coverage.by_dimension.items():
        yield f"  {name:<20} " + "  ".join(f"{one.covered.mean:.3f}" for one in found)
    judged = [one for one in (*report.coverage.shares, *report.coverage.means) if one.judged]
    outside = [one for one in judged if not covered(one)]
    yield f"{len(judged) - len(outside)} of {len(judged)} buckets with enough users lie in {LOW:.0%} to {HIGH:.0%}"


def covered(bucket: Bucket) -> bool:
    """Whether the coverage of a bucket is as good as promised."""
    return LOW <= bucket.covered.mean <= HIGH


def _bucket(one: Bucket) -> str:
    share = "" if one.share is None else f"share {one.share[0]:.2f} to {one.share[1]:.2f}"
    verdict = ("" if covered(one) else "  OUTSIDE") if one.judged else "  (few users)"
    return (
        f"  {share:<19} n_eff from {one.evidence[0]:<4g} {one.intervals:>8,} intervals, {one.users:>5,} users: "
        f"{one.covered.mean:6.1%} ± {one.covered.error:.1%}, width {one.width:.3g}{verdict}"
    )


def _predictive(report: Report) -> Iterator[str]:
    yield ""
    yield "next numbers: share inside the central 90 % of the prediction, largest deviation of a tenth from 10 %"
    for one in report.quantiles:
        yield f"  {one.dimension:<20} {one.inside:6.1%}  {one.deviation:.1%}   {_bars(one.cells)}"
    yield f"next categories: predicted and observed (mean distance {expected_error(report.categories):.2%})"
    for group in report.categories:
        yield f"  {group.predicted:6.1%}  {group.observed:6.1%}"


def _bars(cells: Sequence[float]) -> str:
    return " ".join(f"{cell:4.0%}" for cell in cells)
