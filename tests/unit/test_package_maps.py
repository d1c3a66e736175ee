"""The docstring of every package is a map of its modules, and stays one; that of the console is its help."""

import ast
import re
from pathlib import Path

import pytest
from click import Context
from test_layers import ROOT, USES

from flink_job.console.main import main

PACKAGES = sorted(path.parent for top in USES for path in (ROOT / top).rglob("__init__.py"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: str(package.relative_to(ROOT)))
def test_a_package_names_each_of_its_modules(package: Path) -> None:
    told = ast.get_docstring(ast.parse((package / "__init__.py").read_text())) or ""
    named = set(re.findall(r"\w+", told)) | (
        set(main.list_commands(Context(main))) if package.name == "console" else set()
    )
    assert {path.stem for path in package.glob("*.py")} - {"__init__"} <= named
