"""An item of an old feed as the keys of an entry: ids, dates, words and the rest."""

import pytest

from feedsvc.model import Enclosure, Image, Person
from feedsvc.source.drafting import entry_id_of, slug_of
from feedsvc.source.items import Text
from tests.factory import instant
from tests.importing import drafter, item


def values(found, **facts):
    return drafter(**facts).draft(found).values


class TestIds:
    @pytest.mark.parametrize(
        "guid",
        [
            "https://old.example.org/?p=12",
            "tag:old.example.org,2020:1",
            "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
            "https://old.example.org/ä",
        ],
    )
    def test_an_iri_is_kept_so_that_subscribers_know_the_entry_again(self, guid):
        assert entry_id_of(item(guid=guid)) == (guid, True)

    def test_without_a_guid_readers_go_by_the_link(self):
        found = item(guid="", link="https://old.example.org/x")
        assert entry_id_of(found) == ("https://old.example.org/x", True)

    def test_a_plain_guid_stays_and_is_another_for_subscribers(self):
        assert entry_id_of(item(guid="12345")) == ("12345", False)

    def test_any_other_guid_becomes_a_word_and_always_the_same(self):
        name, kept = entry_id_of(item(guid="123 at https://old.example.org"))
        assert name == "123-at-https-old.example.org-dc248a1d"
        assert not kept
        assert entry_id_of(item(guid="123 at https://old.example.com"))[0] != name

    def test_nothing_at_all_is_named_by_what_it_says(self):
        name, kept = entry_id_of(item(guid="", title=Text("Hello <b>you</b>")))
        assert name.startswith("hello-you-")
        assert not kept
        assert entry_id_of(item(guid="", title=Text()))[0].startswith("entry-")

    @pytest.mark.parametrize(
        ("facts", "slug"),
        [
            ({"link": "https://o.example/2024/07/tide-tables.html"}, "tide-tables"),
            ({"link": "https://o.example/2024/07/tide-tables/"}, "tide-tables"),
            ({"link": "https://o.example/?p=1", "name": "tide-tables"}, "tide-tables"),
            ({"link": "https://o.example/?p=1"}, ""),
            ({"link": "https://o.example/12345"}, ""),
            ({"link": "https://o.example/archive"}, ""),
            ({"link": "https://o.example/%C3%84hre"}, "aehre"),
        ],
    )
    def test_pages_keep_the_names_that_they_had(self, facts, slug):
        assert slug_of(item(**facts)) == slug


class TestDates:
    @pytest.mark.parametrize(
        ("utc", "text"),
        [
            ("2024-07-19 12:30", "2024-07-19 14:30"),
            ("2024-07-19 12:30:05", "2024-07-19 14:30:05"),
            ("2024-07-18 22:00", "2024-07-19"),
            ("2024-10-27 00:30", "2024-10-27 02:30"),
            ("2024-10-27 01:30", "2024-10-27T01:30:00Z"),  # the hour that comes twice
        ],
    )
    def test_they_stand_in_the_site_s_zone_and_mean_the_same(self, utc, text):
        assert values(item(published=instant(utc)))["published"] == text

    def test_a_revision_counts_where_it_is_later(self):
        later = item(updated=instant("2024-07-20 12:30"))
        assert values(later)["updated"] == "2024-07-20 14:30"
        for at in ("2024-07-19 12:30:30", "2024-07-18 00:00"):
            assert "updated" not in values(item(updated=instant(at)))

    def test_what_stands_in_for_a_missing_date(self):
        revised = item(published=None, updated=instant("2024-07-20 12:30"))
        assert values(revised)["published"] == "2024-07-20 14:30"
        assert values(item(published=None))["published"] == "2026-01-01 01:00"


class TestWords:
    def test_a_plain_first_paragraph_becomes_the_lead(self):
        found = values(item(content=Text("<p>First.</p><p>Second.</p>")))
        assert (found["lead"], found["body"]) == ("First.", "Second.\n")

    @pytest.mark.parametrize("end", ["", " [&#8230;]", " …", "...", " Continue reading X"])
    def test_a_summary_that_repeats_the_beginning_is_not_kept(self, end):
        found = values(
            item(content=Text("<p>First <b>and</b> more.</p>"), summary=Text(f"First and{end}"))
        )
        assert "lead" not in found
        assert found["body"] == "First **and** more.\n"

    def test_a_summary_of_its_own_is_the_lead(self):
        found = values(item(summary=Text("In short: words.", html=False)))
        assert (found["lead"], found["body"]) == ("In short: words.", "Words.\n")

    def test_without_a_content_the_summary_is_the_text(self):
        found = values(item(content=Text(), summary=Text("<p>A <b>b</b></p>")))
        assert found["body"] == "A **b**\n"
        assert "lead" not in found

    def test_plain_text_is_no_html(self):
        found = values(item(content=Text("a < b\n\n* c", html=False)))
        assert (found["lead"], found["body"]) == ("a < b", "\\* c\n")

    @pytest.mark.parametrize(
        ("title", "plain"),
        [
            (Text("AT&amp;T &lt;b&gt; <i>x</i>"), "AT&T <b> x"),
            (Text("AT&amp;T <b>", html=False), "AT&amp;T <b>"),
            (Text(" a\n b "), "a b"),
        ],
    )
    def test_titles_are_plain_text(self, title, plain):
        assert values(item(title=title))["title"] == plain

    def test_without_a_title_there_is_a_lead_or_a_title_cut_from_the_text(self):
        assert "title" not in values(item(title=Text()))
        found = values(item(title=Text(), content=Text("<ul><li>one</li></ul>")))
        assert found["title"] == "one"
        assert values(item(title=Text(), content=Text("")))["title"] == "…"

    def test_a_picture_at_the_head_becomes_the_image(self):
        figure = '<figure><img src="/a.png" alt="A" width="3" height="x"></figure><p>B</p>'
        found = values(
            item(
                content=Text(figure, base="https://o.example/"),
                image=Image(url="https://o.example/a.png"),
            )
        )
        assert found["image"] == {"url": "https://o.example/a.png", "alt": "A", "width": 3}
        assert found["lead"] == "B"

    def test_a_picture_that_the_text_has_is_not_shown_twice(self):
        picture = Image(url="https://o.example/a.png")
        inside = Text('<p>x <img src="https://o.example/a.png"></p>')
        assert "image" not in values(item(content=inside, image=picture))
        assert values(item(image=picture))["image"] == {"url": picture.url}


class TestOthers:
    def test_people_tags_language_and_files(self):
        found = values(
            item(
                authors=(Person("Ann", "ann@example.org"), Person("Bo")),
                tags=("a", " a ", "b"),
                enclosures=(Enclosure(url="https://o.example/a.mp3", type="audio/mpeg", length=0),),
                link="https://old.example.org/1",
                draft=True,
            ),
            language="de",
        )
        assert found["authors"] == [{"name": "Ann", "email": "ann@example.org"}, "Bo"]
        assert found["tags"] == ["a", "b"]
        assert found["language"] == "de"
        assert found["enclosures"] == [
            {"url": "https://o.example/a.mp3", "type": "audio/mpeg", "length": 0}
        ]
        assert found["link"] == "https://old.example.org/1"
        assert found["draft"] is True

    def test_the_section_s_own_language_goes_without_saying(self):
        assert "language" not in values(item(), language="EN")
        assert values(item(language="fr"), language="en")["language"] == "fr"

    def test_own_pages_leave_the_old_address_out(self):
        assert "link" not in values(item(link="https://o.example/x"), own_pages=True)
