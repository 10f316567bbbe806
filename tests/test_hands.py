"""Several processes give what one gives, and end with whoever started them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from feedsvc import build, hands, kitchen
from feedsvc.errors import RenderError
from feedsvc.hands import Hands
from feedsvc.kitchen import Kitchen
from feedsvc.plan import everyone
from feedsvc.snapshot import Published
from feedsvc.source.tree import SourceFile
from tests.factory import registered, site
from tests.feeds_sample import NOW, SHAPES, SITE, WITHDRAWN
from tests.sitedir import SiteDir

ROOT = Path(__file__).parents[1]
#: Good and bad ones: whatever is read must come back as it was.
TEXTS = (
    b"- {id: a, published: 2024-07-01, title: A, body: 'See [b](/news/b).'}\n",
    b"- {id: b, published: soon, title: B, withdrawn: {at: 2024-07-02}, expires: 2024-08-01}\n",
    b"- {id: c, published: 2024-07-01, title: [\n",
    b"\xff\xfe",
    b'- {id: d, published: 2024-07-01, title: "half \\ud800 a pair"}\n',
    "- {id: é, published: 2024-07-01, title: 'Ünï', also: [speeches], oops: 1}\n".encode(),
    b"[]\n",
)


@pytest.fixture
def small(monkeypatch):
    """Few files and few orders are many already."""
    monkeypatch.setattr(hands, "_FILES", 2)
    monkeypatch.setattr(kitchen, "_BATCH", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def files():
    for number, data in enumerate(TEXTS):
        path = f"feeds/news/{number}.yaml"
        yield SourceFile(path, "news", path, (0, 0, 0, 0)), data


def cooked(cores):
    here = Kitchen(SITE)
    register = registered(SITE, [*SHAPES.values(), WITHDRAWN], NOW)
    orders = [order for _, order in everyone(register)]
    known = {}
    for order in orders[:4]:
        (one,) = here.prepare([order], {})
        # As published, as published with another recipe, otherwise published, and not at all.
        print_, recipe = one.document.fingerprint, one.recipe
        known[one.path] = [
            Published(print_, NOW, recipe),
            Published(print_, NOW, "other"),
            Published("other", NOW, "other"),
        ][len(known) % 3]
    with Hands(SITE, cores) as helpers:
        found = helpers.cook(here.tasks(orders, lambda _: known), here)
        return [one for some in found for one in some], len(helpers._pools)


def test_two_processes_cook_what_one_cooks(small):
    alone, none = cooked(1)
    shared, two = cooked(2)
    assert (none, two) == (0, 2)
    assert shared == alone
    assert len(shared) == len(SHAPES) + 1
    assert {(bool(one.recipe), bool(one.document)) for one in shared} == {
        (False, False),
        (True, False),
        (True, True),
    }


def test_two_processes_read_what_one_reads(small):
    with Hands(site(), 1) as alone, Hands(site(), 2) as two:
        expected = list(alone.parse(files()))
        assert list(two.parse(files())) == expected
        assert len(two._pools) == 2
        assert len(expected) == len(TEXTS)


def test_little_work_starts_no_process(small):
    with Hands(site(), 2) as two:
        assert len(list(two.parse([*files()][:2]))) == 2
        assert list(two.parse([])) == []
        assert two._pools == []


class Doomed(Hands):
    """One of its processes is killed as soon as it is at work."""

    def _started(self):
        pools = super()._started()
        pools[0].submit(os._exit, 1)
        return pools


def write(made, titles="T"):
    for name in "abcde":
        made.entries(
            f"feeds/news/{name}.yaml", f"id: {name}, published: 2024-07-01, title: {titles}"
        )


def without(made):
    """What is public, but for the instants."""
    return {path: (found.digest, found.headers, body) for path, (found, body) in made.all().items()}


@pytest.mark.parametrize("step", ["reading", "cooking"])
def test_a_killed_process_fails_the_build_and_the_next_one_succeeds(
    tmp_path, small, monkeypatch, step
):
    made, plain = SiteDir(tmp_path / "a"), SiteDir(tmp_path / "b")
    if step == "cooking":
        monkeypatch.setattr(hands, "_FILES", 16)
    for one in (made, plain):
        write(one)
    with monkeypatch.context() as patch:
        patch.setattr(build, "Hands", Doomed)
        with pytest.raises(RenderError, match="next build tries again"):
            made.build()
    assert made.store.current() is None
    assert made.build("2024-08-01 12:01").snapshot
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    plain.build("2024-08-01 12:01")
    assert without(made) == without(plain)
    for one in (made, plain):
        one.store.close()


PARENT = """\
import time
from feedsvc import hands
from tests.test_hands import files, site

hands._FILES = 2
if __name__ == "__main__":
    with hands.Hands(site(), 2) as two:
        assert list(two.parse(files()))
        print("ready", flush=True)
        time.sleep(60)
"""


@pytest.mark.system
def test_nobody_goes_on_working_for_a_builder_that_was_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout.readline() == b"ready\n"
    parent.send_signal(signal.SIGKILL)
    # Its processes have the same output: it ends when the last of them does.
    assert parent.communicate(timeout=30) == (b"", None)
