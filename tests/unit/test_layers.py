"""Imports point one way: flink_job and api use cql, cql uses udfs, and nothing points back."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

Node = TypeVar("Node", bound=ast.AST)
ROOT = Path(__file__).parents[2]
USES: dict[str, set[str]] = {"udfs": set(), "cql": {"udfs"}, "flink_job": {"udfs", "cql"}, "api": {"udfs", "cql"}}
FOREIGN = {
    "udfs": {"msgspec", "numpy", "scipy", "tzdata"},
    "cql": {"msgspec", "cassandra"},
    "api": {"msgspec", "numpy", "scipy", "litestar", "granian", "httpx", "prometheus_client"},
    "flink_job": {
        *("msgspec", "numpy", "pandas", "scipy", "pyflink", "cassandra", "confluent_kafka"),
        *("click", "rich", "psutil", "prometheus_client", "matplotlib"),
    },
}
FILES = sorted(path for package in USES for path in (ROOT / package).rglob("*.py"))
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


@every_file
def test_a_package_uses_only_those_below_it(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    assert {name for name, _ in _imports(path)} & set(USES) <= {package, *USES[package]}


@every_file
def test_a_package_uses_only_the_libraries_it_is_meant_to(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    assert _foreign(path) <= FOREIGN[package]


def test_only_the_models_of_the_domain_use_numerics() -> None:
    users = {path for path in FILES if path.is_relative_to(ROOT / "udfs") and _foreign(path) & {"numpy", "scipy"}}
    assert users
    assert all(path.is_relative_to(ROOT / "udfs" / "model") for path in users)


def test_only_the_store_and_its_parts_use_the_driver() -> None:
    users = {path for path in FILES if "cassandra" in _foreign(path)}
    assert users == {ROOT / "cql" / f"{name}.py" for name in ("answer", "foreign", "session", "store")}


def test_only_the_stack_and_its_commands_use_what_a_worker_need_not_have() -> None:
    users = {path for path in FILES if _foreign(path) & {"click", "rich", "psutil"}}
    assert all(path.relative_to(ROOT).parts[:2] in {("flink_job", "local"), ("flink_job", "console")} for path in users)


@every_file
def test_every_error_of_our_own_descends_from_the_tree(path: Path) -> None:
    roots = {base for node in _nodes(path, ast.ClassDef) for base in map(ast.unparse, node.bases)}
    own = path == ROOT / "udfs" / "errors.py"
    assert own or not roots & {"Exception", "BaseException", "ValueError", "RuntimeError", "KeyError", "TypeError"}


def _imports(path: Path) -> Iterator[tuple[str, str]]:
    """(package at the top, whole name) of every import, those inside functions among them."""
    for node in _nodes(path, ast.Import):
        yield from ((alias.name.split(".")[0], alias.name) for alias in node.names)
    for found in _nodes(path, ast.ImportFrom):
        assert found.level == 0, "imports are absolute"
        yield str(found.module).split(".")[0], str(found.module)


def _foreign(path: Path) -> set[str]:
    return {name for name, _ in _imports(path)} - set(sys.stdlib_module_names) - set(USES)


def _nodes(path: Path, kind: type[Node]) -> Iterator[Node]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kind))
