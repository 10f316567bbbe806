"""SECURITY.md names a test for each line, and each of them is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)))
ROWS = [line for line in TEXT.splitlines() if re.match(r"\| (?!---|attack )", line)]


def names_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_the_test_that_is_named_exists(file, test):
    assert (ROOT / file).is_file()
    assert not test or test in names_in(ROOT / file)
    assert not test or test.startswith("test_")


@pytest.mark.parametrize("row", ROWS)
def test_every_line_names_its_proof(row):
    attack, holds, proof = (cell.strip() for cell in row.strip("|").split(" | "))
    assert attack
    assert holds
    assert "`tests/" in proof or proof == "run it before a release"


def test_every_test_of_enemies_counts():
    named = {file for file, _ in NAMED}
    there = {str(file.relative_to(ROOT)) for file in ROOT.glob("tests/system/test_enemies*.py")}
    assert there <= named
