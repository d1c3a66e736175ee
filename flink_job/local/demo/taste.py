"""One user's profile, as the API tells it, beside the hidden taste that made the user act.

In: the profile's JSON and the truth under what the user was shown. Out: a table for the terminal.
"""

from collections.abc import Iterator
from typing import Any

from rich.table import Table

from flink_job.local.traffic.truth import Number, Shares, Truth

_DIMENSIONS = 8
_CATEGORIES = 3
_BAR = 20


def taste_table(profile: dict[str, Any], truth: Truth) -> Table:
    """The dimensions that matter most to the user, with what is believed and what is true."""
    title = f"{truth.user_id}: what the API believes, beside the hidden taste ({truth.choices} choices so far)"
    table = Table("dimension", "believed", "", "90 % interval", "true", title=title, title_justify="left")
    ranked = sorted(truth.dimensions, key=lambda name: -truth.dimensions[name].strength)
    for name in ranked[:_DIMENSIONS]:
        for row in _rows(profile["dimensions"][name], truth.dimensions[name]):
            table.add_row(*row)
        table.add_section()
    return table


def _rows(found: dict[str, Any], true: Shares | Number) -> Iterator[tuple[str, ...]]:
    return _categories(found, true) if isinstance(true, Shares) else _number(found, true)


def _categories(found: dict[str, Any], true: Shares) -> Iterator[tuple[str, ...]]:
    for place, category in enumerate(found["categories"][:_CATEGORIES]):
        low, high = category["interval"]
        yield (
            found["label"] if place == 0 else "",
            f"{category['category']} {category['share']:.0%}",
            "█" * round(category["share"] * _BAR),
            f"{low:.0%} to {high:.0%}",
            f"{true.shares.get(category['category'], 0):.0%}",
        )


def _number(found: dict[str, Any], true: Number) -> Iterator[tuple[str, ...]]:
    low, high = found["mean_interval"]
    usual_low, usual_high = found["typical_range"]
    unit = f" {found['unit']}" if found["unit"] else ""
    yield (
        found["label"],
        f"{_plain(found['median'])}{unit}",
        f"mostly {_plain(usual_low)} to {_plain(usual_high)}",
        f"{_plain(low)} to {_plain(high)}",
        "-" if true.typical is None else _plain(true.typical),
    )


def _plain(number: float) -> str:
    return f"{number:.1f}" if abs(number) < 100 else f"{number:,.0f}" if number >= 10_000 else f"{number:.0f}"
