"""A new entry stands as those around it do, in the file where it belongs."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source import compose
from feedsvc.source.compose import NewEntry
from tests.reading import parse

NEW = NewEntry(id="x", published="2026-11-24 09:30", title="T")
TEXT = "- id: x\n  published: 2026-11-24 09:30\n  title: T\n"


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
        with pytest.raises(compose.NoPlace) as caught:
            compose.add("f", b"- id: a\n...\n", NEW, on_top=False)
        assert str(caught.value) == (
            "f: file: found no place where it can be written; expected a file that can be changed "
            "safely; fix: put it there in an editor, as it stands below"
        )
        assert caught.value.text == TEXT

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
            (["imported-2026"], []),
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
