"""When builds happen: at start, at edits, at intervals, at known changes; never two at once."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from feedsvc.schedule import Outlook, Schedule

FAR = 3600


class Recorder:
    """A build that notes why it was called and that no two run at once."""

    def __init__(self, outlook=None, seconds=0.0):
        self.calls = []
        self.told = []
        self.overlaps = 0
        self._outlook = outlook or (lambda: Outlook(FAR, None))
        self._seconds = seconds
        self._running = threading.Lock()

    def __call__(self, why, told):
        if not self._running.acquire(blocking=False):
            self.overlaps += 1
            return self._outlook()
        try:
            self.calls.append(why)
            self.told.append(told)
            time.sleep(self._seconds)
            return self._outlook()
        finally:
            self._running.release()


@pytest.fixture
def run(tmp_path):
    """Starts a schedule over ``tmp_path/feeds``; stops it in the end."""
    (tmp_path / "feeds").mkdir()
    started = []

    def start(build):
        schedule = Schedule(build, (tmp_path / "feeds",))
        thread = threading.Thread(target=schedule.run)
        thread.start()
        started.append((schedule, thread))
        return tmp_path / "feeds"

    yield start
    for schedule, thread in started:
        schedule.stop()
        thread.join(timeout=5)
        assert not thread.is_alive()


def until(condition, seconds=5.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def test_it_builds_at_start(run):
    build = Recorder()
    run(build)
    until(lambda: build.calls == ["start"])


def test_it_builds_again_when_a_file_is_saved(run):
    build = Recorder()
    folder = run(build)
    until(lambda: build.calls)
    time.sleep(0.3)  # until the watch stands
    (folder / "a.yaml").write_text("[]")
    until(lambda: "edit" in build.calls)


def test_it_tells_what_was_saved_once_a_watch_has_stood_long_enough(run):
    build = Recorder()
    folder = run(build)
    until(lambda: build.calls)
    time.sleep(0.3)
    for number, name in enumerate(("a.yaml", "b.yaml", "c.yaml"), start=1):
        (folder / name).write_text("[]")
        until(lambda least=number: build.calls.count("edit") >= least)
        time.sleep(0.2)
    first, *told = (
        told for why, told in zip(build.calls, build.told, strict=True) if why == "edit"
    )
    assert first is None  # what was saved before the watch stood, nobody told
    assert None not in told
    assert {str(folder / "b.yaml"), str(folder / "c.yaml")} <= frozenset().union(*told)
    assert build.told[0] is None


def test_an_edit_during_a_build_is_seen_by_a_later_one(run):
    build = Recorder(seconds=0.5)
    folder = run(build)
    until(lambda: build.calls)
    time.sleep(0.3)
    for number in range(6):
        (folder / f"{number}.yaml").write_text("[]")
        last = time.monotonic()
        time.sleep(0.15)
    until(lambda: len(build.calls) >= 3 and time.monotonic() > last + 1.5)
    assert build.overlaps == 0
    assert len(build.calls) <= 6  # gathered, not one build a file


def test_it_builds_at_the_next_known_change(run):
    soon = datetime.now(UTC) + timedelta(seconds=0.4)  # noqa: TID251
    answers = iter([Outlook(FAR, soon)])
    build = Recorder(lambda: next(answers, Outlook(FAR, None)))
    run(build)
    until(lambda: build.calls == ["start", "embargo"])
    assert datetime.now(UTC) >= soon  # noqa: TID251


def test_it_builds_at_each_interval(run):
    build = Recorder(lambda: Outlook(1, None))
    run(build)
    until(lambda: build.calls.count("refresh") >= 2)


def test_a_build_that_raises_is_reported_and_the_next_one_comes(run):
    calls = []

    def build(why, _told):
        calls.append(why)
        raise RuntimeError("a fault of the program")

    folder = run(build)
    until(lambda: calls)
    time.sleep(0.3)
    (folder / "a.yaml").write_text("[]")
    until(lambda: "edit" in calls)


def test_a_folder_that_comes_and_goes_is_watched_again(run, tmp_path, monkeypatch):
    monkeypatch.setattr("feedsvc.schedule._RETRY", 0.1)
    build = Recorder()
    folder = run(build)
    until(lambda: build.calls)
    time.sleep(0.3)
    folder.rmdir()
    until(lambda: "edit" in build.calls)
    time.sleep(0.3)
    folder.mkdir()
    time.sleep(0.5)
    before = len(build.calls)
    (folder / "a.yaml").write_text("[]")
    until(lambda: len(build.calls) > before)


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05, 0.1])
def test_it_stops_in_the_middle_of_a_build_and_lets_it_finish(tmp_path, delay):
    build = Recorder(seconds=0.05)
    schedule = Schedule(build, (tmp_path,))
    thread = threading.Thread(target=schedule.run)
    thread.start()
    time.sleep(delay)
    schedule.stop()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert len(build.calls) <= 1
