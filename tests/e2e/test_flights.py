"""The canary on the real way: what it has seen is in the histogram that Prometheus reads."""

from asking import api
from click.testing import CliRunner
from prometheus_client import REGISTRY
from running import free_ports, own_job, prepare, running
from trial import CARS

from flink_job.console.main import main
from flink_job.local.settings import StackSettings
from udfs.settings import environment

FLIGHTS = 3


def test_every_flight_that_lands_is_in_the_histogram_and_none_is_lost(local: StackSettings) -> None:
    settings = own_job(local, "flown")
    prepare(local, settings, CARS)
    before = told()
    with running(local, settings), api(settings) as place:
        where = ["--api", place.url, "--key", place.key, "--port", str(free_ports(1)[0])]
        arguments = ["canary", "--every", "1", "--flights", str(FLIGHTS), *where]
        done = CliRunner().invoke(main, arguments, env=environment(settings))
    assert done.output.count("readable after") == FLIGHTS, done.output
    landed, seconds, lost = (after - then for after, then in zip(told(), before, strict=True))
    assert (landed, lost) == (FLIGHTS, 0)
    assert seconds > 0


def told() -> tuple[float, ...]:
    """Flights, their seconds together, and those that were lost."""
    names = ("penchant_freshness_seconds_count", "penchant_freshness_seconds_sum", "penchant_canaries_lost_total")
    return tuple(REGISTRY.get_sample_value(name) or 0.0 for name in names)
