"""Editing as a careful person does: what is added or mended, and every other byte as it was."""

import os
import stat
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.errors import SourceError
from feedsvc.source import compose, edit, nodes
from feedsvc.source.compose import NewEntry
from feedsvc.source.edit import Splice
from feedsvc.source.mend import mend
from feedsvc.source.nodes import Scalar
from feedsvc.source.written import Written
from tests.reading import parse

VIENNA = ZoneInfo("Europe/Vienna")
NEW = NewEntry(id="x", published="2026-11-24 09:30", title="T")
TEXT = "- id: x\n  published: 2026-11-24 09:30\n  title: T\n"


def mended(text, taken=()):
    data = text if isinstance(text, bytes) else text.encode()
    return mend("f", data, VIENNA, set(taken))


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def changed(text, taken=()):
    return mended(text, taken).data.decode()


class TestMend:
    def test_all_at_once_and_the_rest_byte_for_byte(self):
        text = (
            "# a comment \t\n"
            '- Title:   "Größe: über"   # another\n'
            "  published:  July 26, 2026\n"
            "  body: |\n"
            "      code   \n"
            "\n"
            "  tags: [ a,b ,  c ]\n"
            "\n\n"
            "- {title: Ice, published: '26/07/2026', withdrawn: 27 July 2026}\n"
        )
        found = mended(text)
        assert found.data.decode() == (
            "# a comment \t\n"
            "- id: groesse-ueber\n"
            '  title:   "Größe: über"   # another\n'
            "  published:  2026-07-26\n"
            "  body: |\n"
            "      code   \n"
            "\n"
            "  tags: [ a,b ,  c ]\n"
            "\n\n"
            "- {id: ice, title: Ice, published: '2026-07-26', withdrawn: {at: 2026-07-27}}\n"
        )
        assert [str(done) for done in found.done] == [
            "f:2:3: id: wrote 'groesse-ueber'",
            "f:3:3: key: wrote title in place of 'Title'",
            "f:4:15: published: wrote 2026-07-26 in place of 'July 26, 2026'",
            "f:11:4: id: wrote 'ice'",
            "f:11:36: published: wrote '2026-07-26' in place of '26/07/2026'",
            "f:11:61: withdrawn: wrote {at: 2026-07-27} in place of '27 July 2026'",
        ]
        assert mended(found.data).done == ()

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("title: A\n", "id: a\ntitle: A\n"),
            ("# c\ntitle: A", "# c\nid: a\ntitle: A"),
            ("-   title: A\n", "-   id: a\n    title: A\n"),
            ("-\n  title: A\n", "-\n  id: a\n  title: A\n"),
            ("- title: A\r\n  lead: b\r\n", "- id: a\r\n  title: A\r\n  lead: b\r\n"),
            ("- ? title\n  : A\n", "- id: a\n  ? title\n  : A\n"),
            ("- { title: A }\n", "- { id: a, title: A }\n"),
            ("- {\n  title: A }\n", "- {\n  id: a, title: A }\n"),
            ("- id:\n  title: A\n", "- id: a\n  title: A\n"),
            ("- id:   # none\n  title: A\n", "- id: a   # none\n  title: A\n"),
            ("- id: ~\n  title: A\n", "- id: a\n  title: A\n"),
            ("- id: ''\n  title: A\n", "- id: a\n  title: A\n"),
            ("- {id: , title: A}\n", "- {id: a, title: A}\n"),
            ("- 'title': A\n", "- id: a\n  'title': A\n"),
            ("- lead: Ice on the Velm\n", "- id: ice-on-the-velm\n  lead: Ice on the Velm\n"),
        ],
    )
    def test_a_missing_id_is_written_where_people_write_it(self, text, expected):
        assert changed(text) == expected
        assert changed(expected) == expected

    def test_a_byte_order_mark_stays(self):
        assert mended(b"\xef\xbb\xbf- title: A\n").data == b"\xef\xbb\xbf- id: a\n  title: A\n"

    def test_ids_are_unique_in_the_site(self):
        text = "- {title: A, published: 2026-07-01}\n- {title: A}\n- {title: A}\n"
        ids = [line.split(",")[0] for line in changed(text, {"a"}).splitlines()]
        assert ids == ["- {id: a-2026", "- {id: a-2", "- {id: a-3"]

    @pytest.mark.parametrize(
        "text",
        [
            "- {published: 07/08/2026, id: a}\n",  # two days
            "- {published: soon, id: a}\n",
            "- {published: 2026-03-29 02:30, id: a}\n",  # an hour that is skipped
            "- {event_date: 26 July 2026 14:30, id: a}\n",  # a time where none may be
            "- {withdrawn: yes, id: a}\n",
            "- {withdrawn: [x], id: a}\n",
            "- {published: 2026-07-26, title: '!'}\n",  # no words for an id
            "- {id: a b, title: T}\n",  # an id that somebody chose
            "- {idd: a, title: T}\n",  # and one that is nearly there
            "- {guid: a, title: T}\n",
            "- {id: a, titel: T}\n",
            "- {id: a, Title: T, title: T}\n",
            '- {id: a, published: "26 July\\x202026"}\n',  # not as it is typed
            "- a\n- [b]\n",
            "text\n",
            "- id: [\n",
            "",
        ],
    )
    def test_what_needs_a_guess_stays(self, text):
        assert changed(text) == text
        assert mended(text).done == ()

    @pytest.mark.parametrize(
        ("typed", "good"),
        [
            ("26 July 2026, 2.30 pm", "2026-07-26 14:30"),
            ("2026/7/26", "2026-07-26"),
            ("26/07/2026", "2026-07-26"),
            ("20260726", "2026-07-26"),
            ("26.07.2026 9:30 Uhr", "2026-07-26 09:30"),
        ],
    )
    @pytest.mark.parametrize("quote", ["", "'", '"'])
    @pytest.mark.parametrize("key", ["published", "updated", "expires"])
    def test_a_date_that_can_mean_one_day_only(self, typed, good, quote, key):
        text = f"- id: a\n  {key}: {quote}{{}}{quote}   # when\n  withdrawn:\n    at: {{}}\n"
        assert changed(text.format(typed, typed)) == text.format(good, good)

    @given(st.text(max_size=60))
    def test_any_words_give_an_id_and_nothing_else(self, words):
        text = f"- published: 2026-07-01\n  lead: {edit.scalar(' '.join(words.split()))}\n"
        found = mended(text.encode("utf-8", "replace"))
        if found.done:
            same = text.removeprefix("- ")
            assert found.data.decode().partition("\n")[2] == f"  {same}"


class TestAdd:
    @pytest.mark.parametrize(
        ("before", "bottom", "line", "top"),
        [
            ("", TEXT, 1, TEXT),
            ("# about\n", f"# about\n\n{TEXT}", 3, f"# about\n\n{TEXT}"),
            ("# about", f"# about\n\n{TEXT}", 3, f"# about\n\n{TEXT}"),
            ("[]\n", TEXT, 1, TEXT),
            ("- id: a\n", f"- id: a\n\n{TEXT}", 3, f"{TEXT}\n- id: a\n"),
            ("- id: a", f"- id: a\n\n{TEXT}", 3, f"{TEXT}\n- id: a"),
            ("- id: a\n\n\n", f"- id: a\n\n\n{TEXT}", 4, f"{TEXT}\n- id: a\n\n\n"),
            ("- {id: a}\n- {id: b}\n", f"- {{id: a}}\n- {{id: b}}\n{TEXT}", 3, None),
            (
                "# head\n\n# on a\n- id: a\n\n# on b\n- id: b\n",
                f"# head\n\n# on a\n- id: a\n\n# on b\n- id: b\n\n{TEXT}",
                9,
                f"# head\n\n{TEXT}\n# on a\n- id: a\n\n# on b\n- id: b\n",
            ),
            ("# head\n- id: a\n", None, 4, f"# head\n{TEXT}\n- id: a\n"),
            ("- id: a\n  body: |+\n    b\n\n", None, 5, None),
            ("- id: a\n  body: |+\n    b\n", f"- id: a\n  body: |+\n    b\n{TEXT}", 4, None),
        ],
    )
    def test_it_stands_as_the_others_do(self, before, bottom, line, top):
        added = compose.add("f", before.encode(), NEW, on_top=False)
        assert added.line == line
        if bottom is not None:
            assert added.data.decode() == bottom
        above = compose.add("f", before.encode(), NEW, on_top=True).data.decode()
        if top is not None:
            assert above == top

    def test_indentation_and_line_ends_are_those_of_the_file(self):
        before = b"  -   id: a\r\n      title: b\r\n  -   id: c\r\n"
        assert compose.add("f", before, NEW, on_top=False).data == before + (
            b"  -   id: x\r\n      published: 2026-11-24 09:30\r\n      title: T\r\n"
        )
        dash_above = b"-\n  id: a\n-\n  id: b\n"
        assert compose.add("f", dash_above, NEW, on_top=False).data == dash_above + TEXT.encode()

    def test_room_for_what_is_to_come(self):
        new = NewEntry(
            id="x", published="2026-11-24 09:30", title="T", draft=True, room=True, settled=False
        )
        assert compose.add("f", b"", new, on_top=False).data.decode() == (
            "- id: x  # change it before it is public, or never\n"
            "  published: 2026-11-24 09:30\n"
            "  title: T\n"
            "  lead:\n"
            "  draft: true  # delete this line, and it is public from the date above\n"
            "  body: |\n"
        )

    def test_a_long_lead_is_folded(self):
        lead = "Ferries sail at high water only, until further notice, " * 4
        new = NewEntry(id="x", published="2026-11-24 09:30", lead=lead.strip())
        data = compose.add("f", b"", new, on_top=False).data
        assert b"  lead: >-\n    Ferries sail" in data
        assert max(map(len, data.splitlines())) <= 100
        assert parse(data).entries[0].lead == lead.strip()

    def test_a_file_that_cannot_take_it_says_what_to_write(self):
        with pytest.raises(SourceError) as caught:
            compose.add("f", b"- id: a\n...\n", NEW, on_top=False)
        assert str(caught.value) == (
            "f: file: found no place where it can be written; expected a file that can be changed "
            f"safely; fix: put it there in an editor:\n{TEXT}"
        )

    @given(st.text(min_size=1, max_size=300), st.booleans())
    def test_any_words_come_out_as_they_went_in(self, words, on_top):
        words = " ".join(words.encode("utf-8", "ignore").decode().split())
        words = "".join(char for char in words if char.isprintable())
        new = NewEntry(id="x", published="2026-11-24 09:30", title=words, lead=words)
        before = b"- {id: a, published: 2026-07-01, title: A}\n"
        found = {e.id: e for e in parse(compose.add("f", before, new, on_top=on_top).data).entries}
        if words.strip():
            assert (found["x"].title, found["x"].lead) == (words.strip(), words.strip())

    @pytest.mark.parametrize(
        ("text", "open_"),
        [
            ("", True),
            ("# c\n", True),
            ("[]", True),
            ("- a: b\n", True),
            ("~\n", True),
            ("[{a: b}]\n", False),
            ("a: b\n", False),
            ("text\n", False),
        ],
    )
    def test_which_files_can_take_another_entry(self, text, open_):
        assert compose.open_to_more("f", text.encode()) is open_


class TestWhere:
    @pytest.mark.parametrize(
        ("names", "chosen"),
        [
            (["2025", "2026"], ["2026"]),
            (["2025", "2024-2026", "2026"], ["2026", "2024-2026"]),
            (["2025", "news-2026"], ["news-2026"]),
            (["2025", "2026-03-01-assembly"], []),
            (["2025"], []),
            (["news", "old"], ["news", "old"]),
            (["reports/2026"], []),
            ([], []),
        ],
    )
    def test_the_file_of_the_year(self, names, chosen):
        paths = [f"feeds/news/{name}.yaml" for name in names]
        assert compose.candidates("feeds/news", 2026, paths) == [
            f"feeds/news/{name}.yaml" for name in chosen
        ]

    def test_a_new_file_gets_the_year_or_the_name_of_the_entry(self):
        assert compose.fresh("feeds/news", 2026, "x", []) == "feeds/news/2026.yaml"
        for taken in ("feeds/news/2026.yml", "feeds/news/2026.YAML"):
            assert compose.fresh("feeds/news", 2026, "x:y", [taken]) == "feeds/news/2026-x-y.yaml"

    def test_the_order_is_that_of_the_dates(self):
        one, two = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2))
        assert compose.falling([]) is None
        assert compose.falling([one, one]) is None
        assert compose.falling([two, one]) is True
        assert compose.falling([one, two]) is False


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
