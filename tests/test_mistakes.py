"""A newcomer's likeliest mistakes, and the exact line with which ``feedsvc check`` answers each."""

import pytest
from click.testing import CliRunner

from feedsvc.cli import main
from tests.sitedir import CONFIG

FILE = "feeds/news/2026.yaml"
MISTAKES = {
    "a colon in a title": (
        "- id: a\n  published: 2026-07-01\n  title: Dredging: what comes next\n",
        (
            "3:18: yaml: found ': ' inside the value of 'title'; expected quotes round a "
            'value with a colon in it; fix: put quotes round it: title: "Dredging: what '
            'comes next"'
        ),
    ),
    "a number sign in a title": (
        "- id: a\n  published: 2026-07-01\n  title: Notice #5 to mariners\n",
        (
            "3:10: warning: title: found '#5 to mariners' behind it, which counts as a "
            "comment; expected quotes round a value with a # in it; fix: put quotes round "
            'the value: "Notice #5 to mariners"'
        ),
    ),
    "a title that begins with a quoted word": (
        '- id: a\n  published: 2026-07-01\n  title: "Sharing" is plain sense\n',
        (
            '3:20: yaml: found a " that ends the value too early; expected quotes round '
            "the whole value; fix: put other quotes round the whole value: title: "
            "'\"Sharing\" is plain sense'"
        ),
    ),
    "a title that begins with a bracket": (
        "- id: a\n  published: 2026-07-01\n  title: [Update] Ice in the estuary\n",
        (
            "3:19: yaml: found text behind the ']'; expected quotes round the value; fix: "
            'put quotes round the value: title: "[Update] Ice in the estuary"'
        ),
    ),
    "a title that begins with an at sign": (
        "- id: a\n  published: 2026-07-01\n  title: @harbour answers on Monday\n",
        (
            "3:10: yaml: found a value that begins with '@'; expected quotes round it; "
            'fix: put quotes round the value: "@harbour answers on Monday"'
        ),
    ),
    "an apostrophe within apostrophes": (
        "- id: a\n  published: 2026-07-01\n  title: 'It's high water'\n",
        (
            "3:14: yaml: found a ' that ends the value too early; expected quotes round "
            "the whole value; fix: put other quotes round the whole value: title: \"It's "
            'high water"'
        ),
    ),
    "quotes that are not closed": (
        '- id: a\n  published: 2026-07-01\n  title: "Ice in the estuary\n  lead: Ferries wait.\n',
        (
            '3:10: yaml: found a " that is never closed; expected quotes in pairs; fix: '
            'end the value with ", or write it without'
        ),
    ),
    "no dash before the second entry": (
        (
            "- id: a\n"
            "  published: 2026-07-01\n"
            "  title: A\n"
            "\n"
            "  id: b\n"
            "  published: 2026-07-02\n"
            "  title: B\n"
        ),
        (
            "5:3: id: found this key a second time (the first is in line 1), and "
            "'published', 'title' as well; expected each key once; fix: if a new entry "
            "begins here, write '- id: …'; else remove one of the two"
        ),
    ),
    "no space after the dash": (
        "-id: a\n  published: 2026-07-01\n  title: A\n",
        (
            "1:1: yaml: found no space after the dash; expected '- ' before an entry; fix: "
            "write '- id: a'"
        ),
    ),
    "no space after a colon": (
        "- id: a\n  published:2026-07-01\n  title: A\n",
        (
            "2:13: yaml: found no space after the colon; expected 'key: value'; fix: write "
            "'published: 2026-07-01'"
        ),
    ),
    "a tab": (
        "- id: a\n\tpublished: 2026-07-01\n\ttitle: A\n",
        (
            "2:1: yaml: found a tab before the text; expected spaces as indentation; fix: "
            "put spaces in place of the tab"
        ),
    ),
    "a key out of its column": (
        "- id: a\n   published: 2026-07-01\n  title: A\n",
        (
            "2:4: yaml: found a line out of its column; expected the keys of one entry "
            "below each other; fix: begin it in column 3; if it is text, put quotes round "
            "the whole value"
        ),
    ),
    "a body that is not indented": (
        "- id: a\n  published: 2026-07-01\n  title: A\n  body: |\n  The first paragraph.\n",
        (
            "5:1: yaml: found text that is not indented; expected text further in than the "
            "key 'body'; fix: begin each line of it with 4 spaces"
        ),
    ),
    "a body without the bar": (
        (
            "- id: a\n"
            "  published: 2026-07-01\n"
            "  title: A\n"
            "  body:\n"
            "    Ferries sail.\n"
            "\n"
            "    Note: at high water only.\n"
        ),
        (
            "7:9: yaml: found a colon in a text of several lines; expected a bar behind "
            "'body:', which makes text of all that is below; fix: write 'body: |' in line "
            "4, and all of the text in the lines below, indented"
        ),
    ),
    "a list in a body without the bar": (
        (
            "- id: a\n"
            "  published: 2026-07-01\n"
            "  title: A\n"
            "  body:\n"
            "    Three harbours\n"
            "\n"
            "    - Saltmere\n"
            "    - Velm\n"
        ),
        (
            "7:1: warning: body: found lines that YAML joins to one; expected a bar behind "
            "'body:', which keeps lines as they are; fix: write 'body: |' and the text "
            "below it, indented"
        ),
    ),
    "a key with a typing error": (
        "- id: a\n  publised: 2026-07-01\n  title: A\n",
        "2:3: publised: found an unknown key; expected a key of an entry; fix: write 'published'",
    ),
    "a key of another program": (
        "- id: a\n  date: 2026-07-01\n  title: A\n",
        "2:3: date: found an unknown key; expected a key of an entry; fix: write 'published'",
    ),
    "a key in capitals": (
        "- id: a\n  published: 2026-07-01\n  Title: A\n",
        "3:3: Title: found an unknown key; expected a key of an entry; fix: write 'title'",
    ),
    "no id": (
        "- published: 2026-07-01\n  title: New gauges in four harbours\n",
        (
            "1:3: id: found nothing; expected letters, digits and . _ -, beginning with a "
            "letter or digit; or a full IRI; fix: add 'id: new-gauges-in-four-harbours', "
            "or let 'feedsvc fix' do so"
        ),
    ),
    "an id with spaces": (
        "- id: New gauges 2026\n  published: 2026-07-01\n  title: A\n",
        (
            "1:7: id: found 'New gauges 2026'; expected letters, digits and . _ -, "
            "beginning with a letter or digit; or a full IRI; fix: write "
            "'new-gauges-2026'; an id that is in use must not change"
        ),
    ),
    "an id twice": (
        (
            "- id: a\n"
            "  published: 2026-07-01\n"
            "  title: A\n"
            "- id: a\n"
            "  published: 2026-07-02\n"
            "  title: B\n"
        ),
        (
            "4:3: id: found 'a'; expected an id that no other entry has (it is that of "
            "feeds/news/2026.yaml:1:3); fix: give this entry an id of its own, or remove "
            "one of the two"
        ),
    ),
    "no date": (
        "- id: a\n  title: A\n",
        (
            "1:3: published: found nothing; expected a date such as 2024-07-26 or "
            "26.07.2024; fix: add 'published: …'; a draft needs it too: the day that it is "
            "meant for"
        ),
    ),
    "neither title nor lead": (
        "- id: a\n  published: 2026-07-01\n  body: Ferries wait.\n",
        (
            "1:3: title: found neither title nor lead; expected one line of text; fix: add "
            "'title: …', or 'lead: …' of which a title can be made"
        ),
    ),
    "a date that does not exist": (
        "- id: a\n  published: 31.06.2026\n  title: A\n",
        (
            "2:14: published: found '31.06.2026'; expected a date such as 2024-07-26 or "
            "26.07.2024; fix: June 2026 has only 30 days"
        ),
    ),
    "an American date": (
        "- id: a\n  published: 07/26/2026\n  title: A\n",
        (
            "2:14: published: found '07/26/2026'; expected a date such as 2024-07-26 or "
            "26.07.2024; fix: write 2026-07-26"
        ),
    ),
    "a date that may be American": (
        "- id: a\n  published: 07/08/2026\n  title: A\n",
        (
            "2:14: published: found '07/08/2026'; expected a date such as 2024-07-26 or "
            "26.07.2024; fix: write 2026-08-07 or 2026-07-08, whichever is meant"
        ),
    ),
    "a date in words": (
        "- id: a\n  published: 26 July 2026, 2.30 pm\n  title: A\n",
        (
            "2:14: published: found '26 July 2026, 2.30 pm'; expected a date such as "
            "2024-07-26 or 26.07.2024; fix: write 2026-07-26 14:30"
        ),
    ),
    "a year of two digits": (
        "- id: a\n  published: 26.7.26\n  title: A\n",
        (
            "2:14: published: found '26.7.26'; expected a date such as 2024-07-26 or "
            "26.07.2024; fix: write the year with four digits: 26.7.2026"
        ),
    ),
    "a time with a word behind it": (
        "- id: a\n  published: 26.07.2026 14:30 Uhr\n  title: A\n",
        (
            "2:14: published: found '26.07.2026 14:30 Uhr'; expected a date such as "
            "2024-07-26 or 26.07.2024; fix: write 2026-07-26 14:30"
        ),
    ),
    "last year's date in January": (
        "- id: a\n  published: 2025-01-08\n  title: A\n",
        (
            "2:14: warning: published: found '2025-01-08'; expected a date of the year in "
            "the name of the file (2026.yaml); fix: look at the year again; if it is "
            "right, leave it"
        ),
    ),
    "an address without https": (
        "- id: a\n  published: 2026-07-01\n  title: A\n  link: www.example.org/ice\n",
        (
            "4:9: link: found 'www.example.org/ice'; expected an address that begins with "
            "https://; fix: write https://www.example.org/ice"
        ),
    ),
    "a dead link": (
        "- id: a\n  published: 2026-07-01\n  title: A\n  body: See [the notice](/news/ice).\n",
        (
            "4:26: warning: body: found '/news/ice'; expected a link to a page that is "
            "there; fix: write the address of a page that is there, or remove the link"
        ),
    ),
    "an image without words": (
        "- id: a\n  published: 2026-07-01\n  title: A\n  image: https://example.org/ice.jpg\n",
        (
            "4:10: warning: image.alt: found nothing; expected a description; fix: add "
            "alt: what the image shows, for those who do not see it"
        ),
    ),
    "a recording without its size": (
        (
            "- id: a\n"
            "  published: 2026-07-01\n"
            "  title: A\n"
            "  enclosures:\n"
            "  - {url: https://example.org/ice.mp3, type: audio/mpeg}\n"
        ),
        (
            "5:5: enclosures.length: found nothing; expected a whole number of bytes; fix: "
            "add 'length: …', the size in bytes, or 'length: 0' if nobody knows it"
        ),
    ),
    "tags without brackets": (
        "- id: a\n  published: 2026-07-01\n  title: A\n  tags: ice, ferries\n",
        (
            "4:9: warning: tags: found 'ice, ferries'; expected words; fix: write [ice, "
            "ferries]: without brackets it is one tag"
        ),
    ),
    "a language with an underscore": (
        "- id: a\n  published: 2026-07-01\n  title: A\n  language: en_GB\n",
        (
            "4:13: language: found 'en_GB'; expected a language tag such as en or de-AT; "
            "fix: write en-GB"
        ),
    ),
    "a section with a typing error": (
        "- id: a\n  published: 2026-07-01\n  title: A\n  sections: [speechs]\n",
        (
            "4:14: sections: found 'speechs'; expected sections of config/site.yaml; fix: "
            "write 'speeches', or add it to config/site.yaml"
        ),
    ),
    "HTML in a title": (
        "- id: a\n  published: 2026-07-01\n  title: Ice &amp; fog\n",
        (
            "3:14: warning: title: found '&amp;'; expected plain text; fix: write the "
            "character itself: this would be shown as typed"
        ),
    ),
    "an update before the publication": (
        "- id: a\n  published: 2026-07-01\n  title: A\n  updated: 2026-06-30\n",
        (
            "4:12: updated: found '2026-06-30'; expected a date after 'published' "
            "('2026-07-01'); fix: write a later date (with the time, on the same day), or "
            "leave it out"
        ),
    ),
    "a mark of a merge": (
        "<<<<<<< HEAD\n- id: a\n  published: 2026-07-01\n  title: A\n",
        (
            "1:1: yaml: found the conflict mark '<<<<<<<' that a merge left; expected one "
            "version of the text; fix: keep one of the two versions and delete the marks"
        ),
    ),
    "an empty file": (
        "",
        (
            "entries: found an empty file; expected a list of entries, or one entry; fix: "
            "delete the file, or write [] into it if it is to hold no entries"
        ),
    ),
}


@pytest.mark.parametrize(("text", "line"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_answered_with_one_line_that_says_what_to_do(tmp_path, text, line):
    assert told(tmp_path, text.encode()) == [line]


def test_a_file_of_windows_is_answered_with_one_line(tmp_path):
    data = "- id: a\n  published: 2026-07-01\n  title: Öffnung\n".encode("cp1252")
    assert told(tmp_path, data) == [
        (
            "3:10: text: found the byte 0xD6 ('Ö' elsewhere); expected UTF-8; "
            "fix: save the file as UTF-8: it looks like Windows-1252 or ISO 8859-1"
        )
    ]


def told(root, data):
    """What is said of a file, without its name and without the lines that show where."""
    site = root / "config" / "site.yaml"
    file = root / FILE
    for path in (site, file):
        path.parent.mkdir(parents=True)
    site.write_text(CONFIG)
    file.write_bytes(data)
    done = CliRunner().invoke(main, ["check", "--site", str(root)])
    shown = [line.partition(FILE) for line in done.stdout.splitlines()]
    return [line.removeprefix(":").strip() for start, name, line in shown if name and not start]
