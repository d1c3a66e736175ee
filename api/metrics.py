"""What Prometheus is told, beside the number and duration of requests per route. No label names a user."""

from litestar.plugins.prometheus import PrometheusConfig, PrometheusController
from prometheus_client import Counter, Gauge, Histogram

from api.access import READ
from udfs.errors import StoreRefused, StoreUnavailable

ROWS_READ = Histogram(
    "penchant_rows_read", "Rows of the store that one answer rests on.", buckets=(0, 1, 3, 10, 30, 100, 300, 1000, 3000)
)
STALE_ANSWERS = Counter("penchant_stale_answers", "Answers given while the job was behind.")
STORE_ERRORS = Counter("penchant_store_errors", "Errors of the store that a caller has met, by kind.", ["kind"])
for _kind in (StoreUnavailable, StoreRefused):
    # So that dashboards show none, and not nothing, before the first.
    STORE_ERRORS.labels(_kind.__name__)
FRESH_THROUGH = Gauge(
    "penchant_fresh_through_timestamp_seconds",
    "All that the log took before this instant is in the store; 0 before the job's first report.",
    multiprocess_mode="mostrecent",
)


class Metrics(PrometheusController):
    """`GET /metrics`, in the format that the caller accepts; of all processes together."""

    path = "/metrics"
    openmetrics_format = False
    opt = READ
    include_in_schema = False


def metrics() -> PrometheusConfig:
    """Requests by route template, never by path."""
    return PrometheusConfig(
        app_name="penchant",
        prefix="penchant",
        group_path=True,
        buckets=[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    )
