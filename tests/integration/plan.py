"""Prints the graph of a plan as Flink would run it; in a process of its own, as Flink numbers nodes per process."""

import json
import sys
from typing import Any

from pyflink.datastream import StreamExecutionEnvironment

from flink_job.pipeline import build, configuration
from flink_job.settings import JobSettings
from udfs.catalogues.catalogue import load


def nodes(plan: str, connector_jar: str) -> list[dict[str, Any]]:
    """Every operator after chaining of Python ones: uid, name, maximum parallelism, whether it emits UPDATE_BEFORE."""
    settings = JobSettings(plan=plan, connector_jar=connector_jar)  # type: ignore[arg-type]
    env = StreamExecutionEnvironment.get_execution_environment(configuration(settings))
    build(env, settings, load("cars"))
    graph = env._generate_stream_graph(True)
    return [
        {
            "uid": node.getTransformationUID(),
            "name": node.getOperatorName(),
            "max_parallelism": node.getMaxParallelism(),
            "retracts": _retracts(node),
        }
        for node in graph.getStreamNodes().toArray()
    ]


def _retracts(node: Any) -> bool | None:
    """The planner's decision inside the operator that groups; None for any other."""
    if "GroupAggregate" not in node.getOperatorName():
        return None
    function = _field(node.getOperatorFactory().getOperator(), "function")
    # The local half of the grouping has no such field: it only adds up.
    retracts = _field(function, "generateUpdateBefore")
    return None if retracts is None else bool(retracts)


def _field(held: Any, name: str) -> Any:
    kind = held.getClass()
    while kind is not None:
        for field in kind.getDeclaredFields():
            if field.getName() == name:
                field.setAccessible(True)
                return field.get(held)
        kind = kind.getSuperclass()
    return None


if __name__ == "__main__":
    print(json.dumps(nodes(*sys.argv[1:])))
