"""The outcome of an evaluation as pictures.

In: a `Report`. Out: PNG files, one per question.
"""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flink_job.evaluate.calibration import CELLS
from flink_job.evaluate.coverage import Bucket
from flink_job.evaluate.report import HIGH, LOW, Breakdown, Coverage, Report

OURS, THEIRS, PROMISED = "#1b6ca8", "#b8bcc2", "#dcebd9"
_DPI = 130


def draw(report: Report, folder: Path) -> None:
    """Write the pictures of a report; those that need what the report lacks are left out."""
    figures = {
        "prediction": _prediction(report),
        "calibration": _calibration(report),
        "evidence": _evidence(report.breakdowns),
    }
    if report.coverage:
        figures["coverage"] = _coverage(report.coverage)
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", dpi=_DPI)


def _prediction(report: Report) -> Figure:
    """Log score, MRR and hits of every method."""
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    ours, names = report.methods[0], [one.name for one in report.methods]
    colours = [OURS, *(THEIRS for _ in names[1:])]
    behind = [one.ahead_in_nats.mean if one.ahead_in_nats else 0.0 for one in report.methods]
    reach = [
        (one.ahead_in_nats.mean - one.ahead_in_nats.low, one.ahead_in_nats.high - one.ahead_in_nats.mean)
        if one.ahead_in_nats
        else (0.0, 0.0)
        for one in report.methods
    ]
    panels[0].barh(names, behind, color=colours, xerr=list(zip(*reach, strict=True)), ecolor="#444")
    panels[0].set(title=f"nats an item behind {ours.name}")
    for panel, estimates, title in (
        (panels[1], [one.reciprocal_rank for one in report.methods], "mean reciprocal rank"),
        (panels[2], [one.hit for one in report.methods], "hit@10"),
    ):
        errors = [1.96 * one.error for one in estimates]
        panel.barh(names, [one.mean for one in estimates], color=colours, xerr=errors, ecolor="#444")
        panel.set(title=title)
    panels[0].invert_yaxis()
    return _tidy(figure, f"{report.catalogue}: next items in the test period, 95 % intervals")


def _calibration(report: Report) -> Figure:
    """PIT of each numeric dimension, and predicted against observed categories."""
    panels = len(report.quantiles) + 1
    columns = min(4, panels)
    rows = -(-panels // columns)
    figure = Figure(figsize=(2.9 * columns, 2.5 * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel, one in zip(axes, report.quantiles, strict=False):
        middles = [(place + 0.5) / CELLS for place in range(CELLS)]
        panel.bar(middles, one.cells, width=0.9 / CELLS, color=OURS)
        panel.axhline(1.0 / CELLS, color="#444", linewidth=0.8)
        panel.set(title=one.dimension.replace("_", " "), ylim=(0.0, max(0.2, *one.cells)))
    _reliability(axes[len(report.quantiles)], report)
    for panel in axes[panels:]:
        panel.set_visible(False)
    return _tidy(figure, f"{report.catalogue}: quantile of the next number in its prediction (flat is right)")


def _reliability(panel: Axes, report: Report) -> None:
    panel.plot((0, 1), (0, 1), color="#444", linewidth=0.8)
    predicted, observed = zip(*((one.predicted, one.observed) for one in report.categories), strict=True)
    panel.plot(predicted, observed, "o-", color=OURS, markersize=4)
    panel.set(title="next category", xlabel="predicted", ylabel="observed")


def _evidence(breakdowns: Sequence[Breakdown]) -> Figure:
    """How far Penchant is ahead of each rival, by evidence and kind of user."""
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    groups = [f"{one.group} ({one.users:,})" for one in breakdowns]
    rivals = [name for name in (breakdowns[0].ahead_in_nats if breakdowns else {}) if name != "decayed, no prior"]
    for number, rival in enumerate(rivals):
        shift = (number - (len(rivals) - 1) / 2) * 0.8 / max(len(rivals), 1)
        places = [place + shift for place in range(len(groups))]
        for panel, found in (
            (panels[0], [one.ahead_in_nats[rival] for one in breakdowns]),
            (panels[1], [one.ahead_in_rank[rival] for one in breakdowns]),
        ):
            reach = [[one.mean - one.low for one in found], [one.high - one.mean for one in found]]
            panel.errorbar([one.mean for one in found], places, xerr=reach, fmt="o", markersize=4, label=rival)
    for panel, title in zip(panels, ("nats an item ahead of", "MRR ahead of"), strict=True):
        panel.axvline(0.0, color="#444", linewidth=0.8)
        panel.set(title=title)
    panels[0].set_yticks(range(len(groups)), groups)
    panels[0].invert_yaxis()
    panels[1].legend(frameon=False, fontsize=8)
    return _tidy(figure, "Where Penchant wins and loses (right of 0: wins), 95 % intervals")


def _coverage(coverage: Coverage) -> Figure:
    """Coverage and width by evidence, one line per bucket of shares."""
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.axhspan(LOW, HIGH, color=PROMISED)
    left.axhline(coverage.level, color="#444", linewidth=0.8)
    judged = [one for one in coverage.shares if one.judged]
    shades = iter(("#0b2545", "#13628b", "#3aa0a8", "#9bc53d", "#f0a202"))
    for share in dict.fromkeys(one.share for one in judged):
        assert share is not None
        own = [one for one in judged if one.share == share]
        colour, label = next(shades), f"share {share[0]:.2f} to {share[1]:.2f}"
        _line(left, own, colour, label)
        right.plot(_places(own), [one.width for one in own], "o-", color=colour, label=label)
    _line(left, [one for one in coverage.means if one.judged], "#b23a48", "mean of a number")
    left.set(title="intervals that hold the truth", ylim=(0.6, 1.0), xlabel="effective observations, from")
    right.set(title="mean width of the interval of a share", xlabel="effective observations, from", ylim=(0.0, None))
    for panel in (left, right):
        panel.set_xscale("symlog", linthresh=5)
        panel.set_xticks([0, 5, 20, 80, 320], ["0", "5", "20", "80", "320"])
    left.legend(frameon=False, fontsize=8, loc="lower left")
    return _tidy(figure, f"Coverage of {coverage.level:.0%} intervals, {coverage.users:,} users")


def _line(panel: Axes, buckets: Sequence[Bucket], colour: str, label: str) -> None:
    errors = [1.96 * one.covered.error for one in buckets]
    heights = [one.covered.mean for one in buckets]
    panel.errorbar(_places(buckets), heights, yerr=errors, fmt="o-", color=colour, label=label, markersize=4)


def _places(buckets: Sequence[Bucket]) -> list[float]:
    return [one.evidence[0] for one in buckets]


def _tidy(figure: Figure, title: str) -> Figure:
    figure.suptitle(title, fontsize=11)
    for panel in figure.axes:
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
        panel.title.set_fontsize(9)
    return figure
