"""The checkout as the architecture tests see it."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "tocsin"


def tracked() -> list[Path]:
    """Every file that git tracks and that is there; skips outside of a git checkout."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this is no git checkout, so there is no list of tracked files")
    paths = (ROOT / name for name in done.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def modules(room: str = "") -> Iterator[Path]:
    """Every module of ``room``, relative to the package; packages' `__init__` and migrations left out."""
    for path in sorted((PACKAGE / room).rglob("*.py")):
        if path.name != "__init__.py" and "migrations" not in path.parts:
            yield path.relative_to(PACKAGE)


def function_lengths() -> Iterator[tuple[int, str]]:
    """(lines, where) of every function, from `def` to its last line."""
    for module in modules():
        for node in ast.walk(ast.parse((PACKAGE / module).read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield (node.end_lineno or node.lineno) - node.lineno + 1, f"{module}:{node.lineno} {node.name}"


def main() -> None:
    """Print how long functions are: `python -m tests.architecture.tree`."""
    lengths = sorted(function_lengths(), reverse=True)
    count = len(lengths)
    print(f"{count} functions, lines: median {lengths[count // 2][0]}, p95 {lengths[count // 20][0]}")
    for lines, where in lengths[:10]:
        print(f"{lines:>5}  {where}")


if __name__ == "__main__":
    main()
