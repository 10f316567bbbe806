"""Which files count: on real folders."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from feedsvc.errors import SourceError
from feedsvc.source import tree

LINK = "expected a file, or a link to one in the same place; fix: put the file itself there"
REGULAR = "expected a regular file; fix: remove it, or put a file in its place"


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    folder = tmp_path / "feeds"
    folder.mkdir()
    return folder


def write(feeds: Path, *paths: str) -> None:
    for path in paths:
        file = feeds / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)


def paths(feeds: Path) -> list[str]:
    return [file.path for file in tree.scan(feeds).files]


def problems(feeds: Path) -> list[str]:
    return [str(problem) for problem in tree.scan(feeds).problems]


@contextmanager
def nobody() -> Iterator[None]:
    """Without root's power to read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_feeds() -> Iterator[Path]:
    """A folder that everybody may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "feeds"
        folder.mkdir()
        yield folder


def test_files_count_by_their_ending_in_the_order_of_their_paths(feeds: Path) -> None:
    write(feeds, "speeches/b.yml", "news/2024/07/x.yaml", "news/a.yaml", "news/B.YAML")
    write(feeds, "news/readme.md", "news/a.yaml.bak", "news/a.json", "notes.txt")
    assert paths(feeds) == [
        "feeds/news/2024/07/x.yaml",
        "feeds/news/B.YAML",
        "feeds/news/a.yaml",
        "feeds/speeches/b.yml",
    ]
    assert problems(feeds) == []


def test_what_is_known_of_a_file(feeds: Path) -> None:
    write(feeds, "news/2024/a.yaml")
    (file,) = tree.scan(feeds).files
    status = (feeds / "news/2024/a.yaml").stat()
    assert file.section == "news"
    assert file.stamp == (16, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
    assert tree.read(file) == b"news/2024/a.yaml"


@pytest.mark.parametrize(
    "name",
    [
        ".a.yaml",
        ".#a.yaml",
        "#a.yaml#",
        "a.yaml~",
        ".a.yaml.swp",
        "a.yaml.swp",
        "4913",
        "a.yaml.tmp",
        ".goutputstream-ABC123",
        "a.yaml.kate-swp",
        ".hidden/a.yaml",
        "sub~/a.yaml",
        "#x.yaml",
    ],
)
def test_hidden_files_and_temporaries_are_not_there(feeds: Path, name: str) -> None:
    write(feeds, f"news/{name}")
    assert tree.scan(feeds) == tree.Tree()


@pytest.mark.parametrize(
    "name", ["a.sync-conflict-20240719.yaml", "a (copy).yaml", "a b.yaml", "é.yaml"]
)
def test_other_names_are_normal(feeds: Path, name: str) -> None:
    write(feeds, f"news/{name}")
    assert paths(feeds) == [f"feeds/news/{name}"]


def test_an_editors_lock_that_leads_nowhere_is_not_there(feeds: Path) -> None:
    write(feeds, "news/a.yaml")
    (feeds / "news/.#a.yaml").symlink_to("user@host.1234")
    assert paths(feeds) == ["feeds/news/a.yaml"]
    assert problems(feeds) == []


def test_a_disguised_file_is_reported(feeds: Path) -> None:
    write(feeds, "news/a.yaml.txt")
    assert problems(feeds) == [
        (
            "feeds/news/a.yaml.txt: warning: file: found a name that ends in .txt; "
            "expected a name that ends in .yaml; fix: rename it; until then it does not count"
        )
    ]


def test_a_missing_folder_is_told_from_an_empty_one(feeds: Path) -> None:
    assert tree.scan(feeds) == tree.Tree()
    feeds.rmdir()
    assert tree.scan(feeds).missing
    assert problems(feeds) == [
        (
            "feeds/: file: found 'No such file or directory'; expected a folder with one "
            "folder for "
            "each section; fix: create it, or mount it again"
        )
    ]
    feeds.write_text("")
    assert tree.scan(feeds).missing


def test_a_file_outside_the_sections_is_refused(feeds: Path) -> None:
    write(feeds, "a.yaml", "news/b.yaml")
    assert paths(feeds) == ["feeds/news/b.yaml"]
    assert tree.scan(feeds).blocked == ("feeds/a.yaml",)
    assert problems(feeds) == [
        (
            "feeds/a.yaml: file: found a file outside the folders of the sections; "
            "expected a file in the folder of a section; fix: move it, to feeds/news/ for example"
        )
    ]


def test_a_pipe_is_refused_without_waiting_for_it(feeds: Path) -> None:
    write(feeds, "news/b.yaml")
    os.mkfifo(feeds / "news/a.yaml")
    os.mkfifo(feeds / "news/pipe")
    assert paths(feeds) == ["feeds/news/b.yaml"]
    assert tree.scan(feeds).blocked == ("feeds/news/a.yaml",)
    assert problems(feeds) == [f"feeds/news/a.yaml: file: found a pipe; {REGULAR}"]


def test_a_socket_is_refused(feeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(feeds, "news/b.yaml")
    monkeypatch.chdir(feeds / "news")  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("a.yaml")
    assert problems(feeds) == [f"feeds/news/a.yaml: file: found a socket; {REGULAR}"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_refused(feeds: Path) -> None:
    write(feeds, "news/b.yaml")
    try:
        os.mknod(feeds / "news/a.yaml", 0o600 | 0o020000, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("no devices in this container")
    assert problems(feeds) == [f"feeds/news/a.yaml: file: found a device; {REGULAR}"]


def test_a_file_that_becomes_a_pipe_is_not_waited_for(feeds: Path) -> None:
    write(feeds, "news/a.yaml")
    (file,) = tree.scan(feeds).files
    (feeds / "news/a.yaml").unlink()
    os.mkfifo(feeds / "news/a.yaml")
    with pytest.raises(SourceError) as caught:
        tree.read(file)
    assert str(caught.value) == f"feeds/news/a.yaml: file: found a pipe; {REGULAR}"


def test_a_file_that_becomes_a_folder_or_a_link_is_not_read(feeds: Path) -> None:
    write(feeds, "news/a.yaml", "news/b.yaml")
    first, second = tree.scan(feeds).files
    (feeds / "news/a.yaml").unlink()
    (feeds / "news/a.yaml").mkdir()
    with pytest.raises(SourceError) as caught:
        tree.read(first)
    assert str(caught.value) == f"feeds/news/a.yaml: file: found a folder; {REGULAR}"
    (feeds / "news/b.yaml").unlink()
    (feeds / "news/b.yaml").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        tree.read(second)


def test_a_link_out_of_the_folder_is_refused(feeds: Path, tmp_path: Path) -> None:
    """contract.md §2: symbolic links that lead outside feeds/ are refused."""
    write(feeds, "news/a.yaml")
    write(tmp_path, "feeds-other/c.yaml", "secret/d.yaml")
    (feeds / "news/b.yaml").symlink_to("/etc/passwd")
    (feeds / "news/c.yaml").symlink_to("../../feeds-other/c.yaml")
    (feeds / "secret").symlink_to(tmp_path / "secret")
    (feeds / "news/logo.png").symlink_to("/etc/passwd")
    assert paths(feeds) == ["feeds/news/a.yaml"]
    assert tree.scan(feeds).blocked == ("feeds/news/b.yaml", "feeds/news/c.yaml", "feeds/secret")
    assert problems(feeds) == [
        f"feeds/news/b.yaml: file: found a link that leads out of feeds/; {LINK}",
        f"feeds/news/c.yaml: file: found a link that leads out of feeds/; {LINK}",
        f"feeds/secret: file: found a link that leads out of feeds/; {LINK}",
    ]


def test_a_link_that_leads_nowhere_is_refused(feeds: Path) -> None:
    write(feeds, "news/a.yaml")
    (feeds / "news/b.yaml").symlink_to("nowhere.yaml")
    (feeds / "news/c.yaml").symlink_to("c.yaml")
    (feeds / "news/d").symlink_to("nowhere")
    assert problems(feeds) == [
        f"feeds/news/b.yaml: file: found a link that leads nowhere; {LINK}",
        f"feeds/news/c.yaml: file: found a link that leads nowhere; {LINK}",
    ]


def test_no_file_is_read_twice(feeds: Path) -> None:
    write(feeds, "news/a.yaml", "news/2024/b.yaml")
    (feeds / "news/0.yaml").symlink_to("a.yaml")
    (feeds / "news/loop").symlink_to("..")
    (feeds / "news/self").symlink_to(".")
    (feeds / "news/2024/up").symlink_to("../2024")
    (feeds / "speeches").symlink_to("news")
    assert paths(feeds) == ["feeds/news/2024/b.yaml", "feeds/news/a.yaml"]
    assert problems(feeds) == []


def test_a_link_to_what_would_not_count_by_itself_counts(feeds: Path) -> None:
    """As volumes of Kubernetes are laid out, and names without an ending."""
    write(
        feeds, "news/..2024_07/a.yaml", "news/draft.txt", "shared/.x/b.yaml", "shared/.x/y/c.yaml"
    )
    (feeds / "news/..data").symlink_to("..2024_07")
    (feeds / "news/a.yaml").symlink_to("..data/a.yaml")
    (feeds / "news/a2.yaml").symlink_to("..data/a.yaml")
    (feeds / "news/d.yaml").symlink_to("draft.txt")
    (feeds / "news/shared").symlink_to("../shared/.x")
    (feeds / "shared/.x/again").symlink_to(".")
    assert paths(feeds) == [
        "feeds/news/a.yaml",
        "feeds/news/d.yaml",
        "feeds/news/shared/b.yaml",
        "feeds/news/shared/y/c.yaml",
    ]
    assert tree.read(tree.scan(feeds).files[0]) == b"news/..2024_07/a.yaml"
    assert {file.section for file in tree.scan(feeds).files} == {"news"}


def test_the_folder_itself_may_be_a_link(feeds: Path, tmp_path: Path) -> None:
    write(tmp_path, "releases/7/news/a.yaml")
    feeds.rmdir()
    feeds.symlink_to("releases/7")
    assert paths(feeds) == ["feeds/news/a.yaml"]
    assert problems(feeds) == []


def test_a_folder_that_cannot_be_listed_is_blocked(open_feeds: Path) -> None:
    write(open_feeds, "news/a.yaml", "speeches/b.yaml")
    (open_feeds / "news").chmod(0)
    with nobody():
        found = tree.scan(open_feeds)
    (open_feeds / "news").chmod(0o755)
    assert [file.path for file in found.files] == ["feeds/speeches/b.yaml"]
    assert found.blocked == ("feeds/news",)
    assert [str(problem) for problem in found.problems] == [
        (
            "feeds/news/: file: found 'Permission denied'; expected a folder that can be listed; "
            "fix: allow the builder to read it"
        )
    ]


def test_a_file_that_may_not_be_read_raises(open_feeds: Path) -> None:
    write(open_feeds, "news/a.yaml")
    (open_feeds / "news/a.yaml").chmod(0)
    with nobody():
        (file,) = tree.scan(open_feeds).files
        with pytest.raises(PermissionError):
            tree.read(file)


def test_a_file_that_vanishes_raises(feeds: Path) -> None:
    write(feeds, "news/a.yaml")
    (file,) = tree.scan(feeds).files
    (feeds / "news/a.yaml").unlink()
    with pytest.raises(FileNotFoundError):
        tree.read(file)


def test_a_file_that_is_too_large_is_not_read(feeds: Path) -> None:
    write(feeds, "news/a.yaml")
    with (feeds / "news/a.yaml").open("wb") as stream:
        stream.truncate(50 * 1024**3)  # sparse
    (file,) = tree.scan(feeds).files
    with pytest.raises(SourceError) as caught:
        tree.read(file)
    assert str(caught.value) == (
        "feeds/news/a.yaml: yaml: found 53687091200 bytes; expected at most 8388608 bytes; "
        "fix: split it into several files"
    )
    assert tree.read(tree.SourceFile("f", "", __file__, file.stamp), 10**6)


def test_a_file_that_grows_while_it_is_read_is_left_for_later() -> None:
    growing = tree.SourceFile("feeds/news/a.yaml", "news", "/proc/self/status", (0, 0, 0, 0))
    with pytest.raises(SourceError) as caught:
        tree.read(growing)
    assert str(caught.value) == (
        "feeds/news/a.yaml: file: found a file that is being written; expected a file at rest; "
        "fix: nothing: it is read again when it rests"
    )


def test_names_of_any_bytes_are_shown_and_told_apart(feeds: Path) -> None:
    (feeds / "news").mkdir()
    for name in (b"\xff.yaml", b"\\udcff.yaml", b"a\nb.yaml", "ä\u202e.yaml".encode()):
        Path(os.fsdecode(bytes(feeds / "news") + b"/" + name)).write_bytes(name)
    shown = {file.path: tree.read(file) for file in tree.scan(feeds).files}
    assert shown == {
        "feeds/news/\\\\udcff.yaml": b"\\udcff.yaml",
        "feeds/news/\\udcff.yaml": b"\xff.yaml",
        "feeds/news/a\\nb.yaml": b"a\nb.yaml",
        "feeds/news/ä\\u202e.yaml": "ä\u202e.yaml".encode(),
    }


def test_a_stamp_changes_with_every_kind_of_edit(feeds: Path) -> None:
    write(feeds, "news/a.yaml")
    stamps = {tree.scan(feeds).files[0].stamp}
    file = feeds / "news/a.yaml"
    os.utime(file, ns=(1, 1))
    stamps.add(tree.scan(feeds).files[0].stamp)
    replacement = feeds / "news/b.tmp"
    replacement.write_text("new")
    os.utime(replacement, ns=(1, 1))
    replacement.rename(file)
    stamps.add(tree.scan(feeds).files[0].stamp)
    assert len(stamps) == 3


def test_folders_that_are_linked_one_within_the_other_are_read_once(feeds: Path) -> None:
    write(feeds, "news/.x/a.yaml", "news/.x/y/b.yaml")
    (feeds / "news/1").symlink_to(".x/y")
    (feeds / "news/2").symlink_to(".x")
    assert paths(feeds) == ["feeds/news/1/b.yaml", "feeds/news/2/a.yaml"]


def test_a_file_that_goes_while_its_folder_is_listed_is_gone(feeds: Path) -> None:
    scan = tree._Scan(feeds)
    scan.add("feeds/news/a.yaml", str(feeds / "news/a.yaml"))
    assert scan.tree() == tree.Tree()
