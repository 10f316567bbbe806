"""Editing as a careful person does: quotes where they are needed, files replaced whole."""

import os
import stat

import pytest

from feedsvc.errors import SourceError
from feedsvc.source import edit, nodes
from feedsvc.source.edit import Splice
from feedsvc.source.nodes import Scalar
from feedsvc.source.written import Written


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestScalar:
    @pytest.mark.parametrize(
        ("text", "typed"),
        [
            ("Twelve harbours", "Twelve harbours"),
            ("2026", "2026"),
            ("null", '"null"'),
            ("", '""'),
            ("a: b", '"a: b"'),
            ("a #b", '"a #b"'),
            ('"a" b', "'\"a\" b'"),
            ("'a' b: \"c\"", "'''a'' b: \"c\"'"),
            ("C:\\n", "C:\\n"),
            ("- a", '"- a"'),
            ("@a", '"@a"'),
            ("a ", '"a "'),
        ],
    )
    def test_quotes_only_where_they_are_needed(self, text, typed):
        assert edit.scalar(text) == typed


class TestSplice:
    def test_a_change_that_says_something_else_is_refused(self):
        expected = nodes.parse("f", b"a: b\n").root
        assert edit.checked("f", b"a:   'b'\n", expected) == b"a:   'b'\n"
        with pytest.raises(SourceError, match="make this change in an editor"):
            edit.checked("f", b"a: c\n", expected)

    def test_splices_come_in_the_order_of_their_places(self):
        written = Written(b"abc")
        assert edit.spliced(written, [Splice(2, 1, "C"), Splice(0, 1, "A"), Splice(0, 0, "-")]) == (
            b"-AbC"
        )

    def test_a_value_that_is_not_as_typed_has_no_place(self):
        written = Written(b"a: |\n  b\n")
        assert edit.raw(written, Scalar("b\n", "|", 1, 4)) is None
        assert edit.raw(written, Scalar("b", "", 2, 3)) == (7, 1)


class TestSave:
    def test_a_file_is_replaced_whole_and_keeps_its_mode(self, tmp_path):
        file = tmp_path / "a.yaml"
        file.write_bytes(b"old")
        file.chmod(0o640)
        inode = file.stat().st_ino
        edit.save(file, b"old", b"new")
        assert file.read_bytes() == b"new"
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert file.stat().st_ino != inode
        assert names(tmp_path) == ["a.yaml"]

    def test_a_new_file_and_its_folder(self, tmp_path):
        edit.save(tmp_path / "b" / "a.yaml", None, b"new")
        assert (tmp_path / "b" / "a.yaml").read_bytes() == b"new"
        mask = os.umask(0)
        os.umask(mask)
        assert stat.S_IMODE((tmp_path / "b" / "a.yaml").stat().st_mode) == 0o644 & ~mask

    @pytest.mark.parametrize("before", [b"other", None])
    def test_what_came_in_between_is_not_lost(self, tmp_path, before):
        file = tmp_path / "a.yaml"
        file.write_bytes(b"theirs")
        with pytest.raises(SourceError, match="a change that came in between"):
            edit.save(file, before, b"mine")
        assert file.read_bytes() == b"theirs"
        assert names(tmp_path) == ["a.yaml"]

    def test_a_full_disk_leaves_the_file_as_it_was(self, tmp_path, monkeypatch):
        def full(_descriptor):
            raise OSError(28, "No space left on device")

        file = tmp_path / "a.yaml"
        file.write_bytes(b"old")
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            edit.save(file, b"old", b"new")
        assert file.read_bytes() == b"old"
        assert names(tmp_path) == ["a.yaml"]
