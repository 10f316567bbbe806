"""The bench's own parts: a site that the product takes whole, edits that hit, a sound plot."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.bench import edits, goals, plot, process, site
from tests.bench.table import Row

pytestmark = pytest.mark.system  # each starts processes

ENTRIES = 1000


@pytest.fixture
def bench_site(tmp_path: Path) -> Path:
    site.write(tmp_path, ENTRIES, 8000)
    return tmp_path


def entries_of(root: Path) -> dict[str, object]:
    texts = (path.read_text("utf-8") for path in (root / "feeds").rglob("*.yaml"))
    return {entry["id"]: entry for text in texts for entry in yaml.safe_load(text)}


def test_the_product_takes_every_shape_of_the_synthetic_site(bench_site: Path):
    command = [sys.executable, "-m", "feedsvc", "check", "--site", bench_site, "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, json.loads(done.stdout)) == (0, [])
    assert len(entries_of(bench_site)) == ENTRIES


def test_the_synthetic_site_is_the_same_bytes_each_time(bench_site: Path, tmp_path: Path):
    site.write(tmp_path / "again", ENTRIES, 8000)
    for path in (bench_site / "feeds").rglob("*.yaml"):
        twin = tmp_path / "again" / path.relative_to(bench_site)
        assert twin.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("make", [edits.retitle, edits.rebody])
@pytest.mark.parametrize("number", [0, 599])
def test_an_edit_changes_one_entry(bench_site: Path, make, number: int):
    before = entries_of(bench_site)
    edit = make(bench_site, number, "other words")
    after = entries_of(bench_site)
    changed = [ident for ident in before if before[ident] != after[ident]]
    assert changed == [edit.ident] == [f"e{number:07}"]


def test_an_added_entry_can_be_deleted_and_leaves_the_file_as_it_was(bench_site: Path):
    file = site.file(bench_site, 999)
    before = file.read_bytes()
    added = edits.add(bench_site, 999, "quite new")
    assert len(entries_of(bench_site)) == ENTRIES + 1
    edits.delete(bench_site, 999, added.ident)
    assert file.read_bytes() == before


def test_the_newest_entry_of_each_section_is_in_a_file_of_that_section():
    numbers = [edits.newest(ENTRIES, section) for section in range(site.SECTIONS)]
    folders = [site.file(Path("site"), number).parent.name for number in numbers]
    assert folders == [f"s{section}" for section in range(site.SECTIONS)]


def test_the_plot_has_each_line_that_has_two_points(tmp_path: Path):
    rows = [Row("edit", "saved to served: new title", size, 0.1, "s") for size in (1000, 10_000)]
    rows.append(Row("build", "cold, everything", 1000, 3, "s"))
    assert plot.draw(rows, "2 cores & more", tmp_path / "plot.svg")
    words = "".join(ET.parse(tmp_path / "plot.svg").getroot().itertext())
    assert "edit saved" in words
    assert "cold" not in words


def test_no_plot_is_drawn_of_one_size(tmp_path: Path):
    rows = [Row("build", "cold, everything", 1000, 3, "s")]
    assert not plot.draw(rows, "", tmp_path / "plot.svg")


@pytest.mark.parametrize(("seconds", "met"), [(0.2, True), (0.3, False)])
def test_a_goal_says_whether_it_is_met(seconds: float, met: bool):
    rows = [Row("edit", "saved to served: new title", ENTRIES, seconds, "s")]
    assert [goal.met for goal in goals.judge(rows, ENTRIES)] == [met]


def test_a_process_is_timed_with_the_memory_of_its_children():
    child = "held = bytearray(80_000_000); import time; time.sleep(0.5)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    took = process.timed([sys.executable, "-c", parent])
    assert took.seconds > 0.5
    assert took.memory > 80


def test_a_process_that_fails_says_what_it_printed():
    with pytest.raises(RuntimeError, match="out of tide"):
        process.timed([sys.executable, "-c", "import sys; sys.exit('out of tide')"])
