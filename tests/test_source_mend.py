"""What ``fix`` mends: what can mean one thing only, and every other byte stays as it was."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedsvc.source import edit
from feedsvc.source.mend import mend

VIENNA = ZoneInfo("Europe/Vienna")


def mended(text, taken=()):
    data = text if isinstance(text, bytes) else text.encode()
    return mend("f", data, VIENNA, set(taken))


def changed(text, taken=()):
    return mended(text, taken).data.decode()


def test_all_at_once_and_the_rest_byte_for_byte():
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
def test_a_missing_id_is_written_where_people_write_it(text, expected):
    assert changed(text) == expected
    assert changed(expected) == expected


def test_a_byte_order_mark_stays():
    assert mended(b"\xef\xbb\xbf- title: A\n").data == b"\xef\xbb\xbf- id: a\n  title: A\n"


def test_ids_are_unique_in_the_site():
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
def test_what_needs_a_guess_stays(text):
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
def test_a_date_that_can_mean_one_day_only(typed, good, quote, key):
    text = f"- id: a\n  {key}: {quote}{{}}{quote}   # when\n  withdrawn:\n    at: {{}}\n"
    assert changed(text.format(typed, typed)) == text.format(good, good)


@given(st.text(max_size=60))
def test_any_words_give_an_id_and_nothing_else(words):
    text = f"- published: 2026-07-01\n  lead: {edit.scalar(' '.join(words.split()))}\n"
    found = mended(text.encode("utf-8", "replace"))
    if found.done:
        same = text.removeprefix("- ")
        assert found.data.decode().partition("\n")[2] == f"  {same}"
