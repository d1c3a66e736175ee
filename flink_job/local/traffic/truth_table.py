"""A truth as lines of text: per dimension what the user likes, and what their interactions are expected to be."""

from flink_job.local.traffic.truth import Number, Shares, Truth

_TOP = 3


def lines(truth: Truth) -> list[str]:
    """A heading, then one line per dimension, strongest first."""
    drift = ", drifts" if truth.drifts else ""
    heading = f"{truth.user_id}: {truth.choices} choices from {truth.lists} lists{drift}; expected (and shown)"
    ranked = sorted(truth.dimensions.items(), key=lambda pair: -pair[1].strength)
    return [heading, *(f"  {name:<20} {part.strength:4.1f} nats  {_expected(part)}" for name, part in ranked)]


def _expected(part: Shares | Number) -> str:
    return _shares(part) if isinstance(part, Shares) else _number(part)


def _shares(part: Shares) -> str:
    if not part.shares:
        return f"likes {', '.join(part.favourites) or 'nothing more'}"
    top = list(part.shares.items())[:_TOP]
    return ", ".join(f"{name} {share:.0%} ({part.shown.get(name, 0):.0%})" for name, share in top)


def _number(part: Number) -> str:
    if part.typical is None or part.shown is None:
        return f"likes {' and '.join(_plain(point) for point in part.points) or 'nothing more'}"
    return f"{_plain(part.typical)} ({_plain(part.shown)})"


def _plain(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 10 else f"{number:.1f}"
