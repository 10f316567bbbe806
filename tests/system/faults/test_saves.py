"""Files saved in every way that editors, git and sync tools do: nothing is lost, all is published.

A file that is half written parses at half time; what it lacks then was not deleted.
"""

from __future__ import annotations

import mmap
import os
import shutil
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from feedsvc.source import collect, tree
from feedsvc.source.rest import Rest
from tests.factory import section
from tests.factory import site as sample_site
from tests.system.faults.disks import counting_seconds, ticking
from tests.system.faults.newsroom import FILE, generation, reading, say, small_site
from tests.system.servers import require, serving, wait_for

pytestmark = pytest.mark.system


def halves(text):
    """The second half comes when the first has long been seen, within an entry's line."""
    middle = text.index("- id: e3")
    return text[:middle], text[middle:]


def in_place_in_halves(file, text):
    with file.open("w", encoding="utf-8") as opened:
        for half in halves(text):
            opened.write(half)
            opened.flush()
            time.sleep(0.6)


def emptied_first(file, text):
    """As a shell's > does: the file is empty, then it is not."""
    with file.open("w", encoding="utf-8") as opened:
        time.sleep(0.6)
        opened.write(text)


def renamed_over(file, text):
    """Vim, gedit, Emacs, SampleSite.write: a temporary, then one rename."""
    draft = file.with_name("4913")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def backed_up_and_written(file, text):
    """Vim with backupcopy=no, and many others: the old one becomes a backup, then a new one is."""
    file.replace(file.with_name(file.name + "~"))
    time.sleep(0.4)
    file.write_text(text, encoding="utf-8")


def removed_and_written(file, text):
    """git checkout, tar, unzip; and slowly, so that a build falls between."""
    file.unlink()
    time.sleep(0.6)
    in_place_in_halves(file, text)


def the_same_size_and_time(file, text):
    """cp -p, rsync --times, touch -r: neither size nor mtime tells that it is another."""
    before = file.stat()
    assert len(text.encode()) == before.st_size
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def copied_with_its_old_time(file, text):
    """cp -p of a file that is older than the one it replaces."""
    older = file.with_name(".older")
    older.write_text(text, encoding="utf-8")
    os.utime(older, (10**9, 10**9))
    subprocess.run(["cp", "-p", older, file], check=True)


def synced(file, text):
    """rsync: a hidden temporary beside it, its time set, then one rename."""
    draft = file.with_name(f".{file.name}.Xq2b1A")
    draft.write_text(text, encoding="utf-8")
    os.utime(draft, (10**9, 10**9))
    draft.replace(file)


def checked_out(file, text):
    """git: another branch has it, and this one comes back."""
    root = file.parents[2]
    git = [require("git"), "-C", root, "-c", "user.name=x", "-c", "user.email=x@example.org"]

    def run(*words):
        subprocess.run([*git, *words], check=True, capture_output=True)

    run("init", "--initial-branch", "main")
    run("add", "feeds")
    run("commit", "-m", "one")
    run("checkout", "-b", "other")
    file.write_text(text, encoding="utf-8")
    run("commit", "-am", "two")
    run("checkout", "main")
    time.sleep(0.3)
    run("checkout", "other")


def linked(file, text):
    """A link to the release of the day, as deployments swap them."""
    release = file.parent / ".release"
    release.mkdir(exist_ok=True)
    target = release / f"{time.monotonic_ns()}.yaml"
    target.write_text(text, encoding="utf-8")
    link = file.with_name(".link")
    link.symlink_to(target)
    link.replace(file)


def folder_renamed(file, text):
    """The whole folder, swapped for another one."""
    folder = file.parent
    new = folder.with_name(".new")
    shutil.copytree(folder, new, symlinks=True)
    target = new / file.name
    target.unlink()
    target.write_text(text, encoding="utf-8")
    folder.replace(folder.with_name(".old"))
    time.sleep(0.3)
    new.replace(folder)
    shutil.rmtree(folder.with_name(".old"))


def all_feeds_renamed(file, text):
    """feeds/ itself, swapped for another one."""
    feeds = file.parents[1]
    new = feeds.with_name("feeds.new")
    shutil.copytree(feeds, new, symlinks=True)
    target = new / file.relative_to(feeds)
    target.unlink()
    target.write_text(text, encoding="utf-8")
    feeds.replace(feeds.with_name("feeds.old"))
    time.sleep(0.3)
    new.replace(feeds)


WAYS = (
    in_place_in_halves,
    emptied_first,
    renamed_over,
    backed_up_and_written,
    removed_and_written,
    the_same_size_and_time,
    copied_with_its_old_time,
    synced,
    checked_out,
    folder_renamed,
    linked,
    all_feeds_renamed,
)


def text_of(number):
    """Every generation has the same size."""
    return generation(number + 10)


def test_every_way_to_save_a_file_publishes_it_whole(tmp_path):
    site = small_site(tmp_path / "site", 10)
    # Another file stays: so an empty folder would be no disk that is not mounted.
    (site.root / "feeds" / "b").mkdir()
    site.write("b/stays.yaml", "id: stays\npublished: 2020-01-01\ntitle: It stays\n")
    file = Path(site.root / "feeds" / FILE)
    with serving(site) as server, reading(server.url) as reader:
        for number, way in enumerate(WAYS, start=1):
            way(file, text_of(number))
            wait_for(way.__name__, lambda: reader.newest == number + 10)  # noqa: B023
            gone = [path for path in PATHS if server.get(path).status != 200]
            assert not gone, f"{way.__name__}: {gone}"
        # Half at half time is mended; a mix of two generations is what the file said then.
        reader.wrong = [one for one in reader.wrong if not mixed(one)]
        assert "deleted-entry" not in server.get("/all/atom.xml").body.decode()


PATHS = tuple(f"/a/e{number}" for number in range(6))


def mixed(wrong):
    return ": generation 1" in wrong or (": 200, generations [1" in wrong and wrong.count(",") > 1)


def test_what_was_deleted_goes_when_the_file_is_at_rest(tmp_path):
    """By an editor that saves in place, by one that renames, and with the file."""
    site = small_site(tmp_path / "site")
    file = site.root / "feeds" / FILE
    (site.root / "feeds" / "b").mkdir()
    site.write("b/other.yaml", "id: other\npublished: 2024-07-01\ntitle: G0. other\nlead: G0.\n")
    with serving(site) as server:
        text = generation(0)
        file.write_text(text.partition("- id: e5")[0], encoding="utf-8")
        wait_for("e5 to go", lambda: server.get("/a/e5").status == 410)
        site.write(FILE, text.partition("- id: e4")[0])
        wait_for("e4 to go", lambda: server.get("/a/e4").status == 410)
        (site.root / "feeds" / "b" / "other.yaml").unlink()
        wait_for("other to go", lambda: server.get("/b/other").status == 410)
        assert server.get("/a/e3").status == 200
        # A file that gets another name takes nothing down meanwhile.
        file.rename(file.with_name("renamed.yaml"))
        time.sleep(0.5)
        assert server.get("/a/e3").status == 200
        assert "id: found" not in server.program.output()


# --- within one tick of the file system's clock ---


class Look:
    """One folder, looked at as the builder looks at its source: again and again, by the clock."""

    def __init__(self, root):
        self.root = root
        self.file = root / FILE
        self.file.parent.mkdir(parents=True)
        self.records = {}
        self.gathering, self.rest = collect.Gathering(), Rest(timedelta(seconds=2))

    def titles(self):
        now = datetime.now(UTC)  # noqa: TID251 - real files, by the real clock
        found = self.rest.look(tree.scan(self.root), self.records, now)
        gathered = self.gathering.gather(
            SITE, found, self.records, tree.read, rested=self.rest.kept
        )
        self.records = gathered.records
        return "".join(sorted({entry.title for entry in gathered.entries}))

    def stamp(self):
        (file,) = tree.scan(self.root).files
        return file.stamp


def within_a_tick(look):
    """Save, look, save as another, of the same size, in place, with the same mtime."""
    look.file.write_text(generation(1), encoding="utf-8")
    before = look.stamp()
    assert look.titles() == TITLES.format(1)
    the_same_size_and_time(look.file, generation(2))
    return look.stamp() == before


SITE = sample_site(*map(section, "abc"))
TITLES = "".join(f"G{{0}}. of {entry}" for entry in range(6))


@pytest.mark.parametrize(("clock", "tick"), [(ticking, 0.02), (counting_seconds, 2)])
def test_a_save_within_one_tick_is_seen_at_the_next_look(clock, tick, tmp_path):
    with clock(tmp_path / "disk") as disk:
        looks = [Look(disk.root / f"{number}" / "feeds") for number in range(300)]
        alike = [within_a_tick(look) for look in looks]
        waiting = [look.rest.waiting for look in looks]
        time.sleep(tick)
        titles = [look.titles() for look in looks]
    say(f"saves that nothing but their bytes told from the one before: {sum(alike)} of 300")
    assert sum(alike) > 30, "no two saves fell into one tick"
    assert titles == [TITLES.format(2)] * 300
    # Whoever nobody tells of the second save comes back of their own accord.
    assert all(waiting[number] for number, same in enumerate(alike) if same)


def test_what_nobody_hints_at_is_looked_at_again_when_the_tick_is_over(tmp_path):
    """A program that writes into memory it shares with the file: no event tells of that."""
    with counting_seconds(tmp_path / "disk") as disk:
        site = small_site(disk.root / "site", 10)
        file = site.root / "feeds" / FILE
        store = f"sqlite:///{tmp_path}/feedsvc.db"
        with (
            serving(site, FEEDSVC_STORE=store) as server,
            reading(server.url) as reader,
            file.open("r+b") as opened,
            mmap.mmap(opened.fileno(), 0) as shared,
        ):
            for number in range(11, 90, 2):  # on a busy machine not at the first attempt
                time.sleep(1.02 - time.time() % 1)  # noqa: TID251 - a second of the disk's
                file.write_text(generation(number), encoding="utf-8")
                wait_for("the first save", lambda: reader.newest == number)  # noqa: B023
                before = tree.scan(file.parents[1]).files
                shared[:] = generation(number + 1).encode()
                if tree.scan(file.parents[1]).files == before:
                    break
            wait_for("the second", lambda: reader.newest == number + 1, 6)
