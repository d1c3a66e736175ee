"""The pipeline: which operators there are and how they are joined. Everything that a step does lives in its own module.

    1. read      the log, by the Kafka connector                                    JVM      flink_job.source
    2. decode    record -> compact event, or a reason                               Python   flink_job.decode
    -- shuffle by (user, date, batch) --
    3. collect   number a batch's records, keep the first 5,000, join them          JVM      flink_job.collect
    4. fold, 5. write   payloads -> statistics -> one idempotent upsert             Python   flink_job.write
       letters   what was not counted, to the rejected topic                        both     flink_job.letters

The plan `keyed` replaces 3 to 5 by a Python function keyed by (user, date, dimension): slower, and the oracle of the
other.

Delivery: exactly-once checkpoints keep offsets and batches; writes are upserts of absolute values, acknowledged
before the barrier; dead letters arrive at least once.
"""

from pyflink.common import Configuration, Types
from pyflink.datastream import StreamExecutionEnvironment
from pyflink.table import StreamTableEnvironment

from flink_job.collect import collect
from flink_job.decode import Decode, decoded
from flink_job.discard import discard
from flink_job.keyed import keyed
from flink_job.letters import WriteLetter, letter_sink
from flink_job.settings import JobSettings
from flink_job.source import records
from flink_job.write import write
from udfs.catalogues.catalogue import Catalogue


def configuration(settings: JobSettings) -> Configuration:
    """What the job needs of Flink wherever it runs; what a cluster decides (memory, directories) is left to it."""
    found = Configuration()
    for key, value in _options(settings).items():
        found.set_string(key, value)
    return found


def build(env: StreamExecutionEnvironment, settings: JobSettings, catalogue: Catalogue) -> None:
    """Add the whole graph to `env`."""
    tables = with_tables(env, settings)
    step = Decode(catalogue, settings.retention_days, settings.generation)
    events = decoded(tables, records(tables, settings), step)
    collected = keyed(tables, events, settings, catalogue) if settings.plan == "keyed" else collect(tables, events)
    finish = write if settings.write_to_store else discard
    unwritable = finish(collected.batches, settings, catalogue)
    refused = collected.refused.map(WriteLetter(settings.generation), Types.STRING()).uid("letter").name("letter")
    refused.union(unwritable).sink_to(letter_sink(settings)).uid("letters").name("letters")


def with_tables(env: StreamExecutionEnvironment, settings: JobSettings) -> StreamTableEnvironment:
    """Tables over `env`, with Kafka's connector where the cluster has none."""
    if settings.connector_jar:
        env.add_jars(f"file://{settings.connector_jar}")
    return StreamTableEnvironment.create(env)


def _options(settings: JobSettings) -> dict[str, str]:
    return {
        "pipeline.max-parallelism": str(settings.max_parallelism),
        "pipeline.object-reuse": "true",
        "execution.checkpointing.interval": f"{settings.checkpoint_interval_ms} ms",
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        "execution.checkpointing.min-pause": f"{settings.checkpoint_interval_ms // 2} ms",
        "execution.checkpointing.tolerable-failed-checkpoints": "1000000",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.incremental": "true",
        "state.backend.type": "rocksdb",
        # Beam may wait for a Python worker that was killed until the process of the task is replaced.
        "task.cancellation.timeout": "30 s",
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "10 s",
        "table.local-time-zone": "UTC",
        "table.exec.uid.generation": "ALWAYS",
        "table.exec.state.ttl": f"{settings.state_ttl_hours} h",
        "table.exec.mini-batch.enabled": "true",
        "table.exec.mini-batch.allow-latency": f"{settings.micro_batch_ms} ms",
        "table.exec.mini-batch.size": str(settings.gathered(settings.micro_batch_events)),
        "table.optimizer.agg-phase-strategy": "TWO_PHASE",
        "python.fn-execution.bundle.time": str(settings.bundle_ms),
        "python.fn-execution.bundle.size": str(settings.gathered(settings.bundle_events)),
    }
