"""A section's ``podcast``: its keys, and the categories that directories know.

In: a node. Out: a ``Podcast``, or problems. It must not know the section around it, nor a feed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from feedsvc.model import Person, Podcast
from feedsvc.source import values
from feedsvc.source.fields import Field, Schema, Scope, Shape, closest, inside, place_of
from feedsvc.source.nodes import Mapping, Node
from feedsvc.source.values import FLAG, URL, WEB_ADDRESS

#: https://podcasters.apple.com/support/1691-apple-podcasts-categories
_APPLES = """\
Arts: Books, Design, Fashion & Beauty, Food, Performing Arts, Visual Arts
Business: Careers, Entrepreneurship, Investing, Management, Marketing, Non-Profit
Comedy: Comedy Interviews, Improv, Stand-Up
Education: Courses, How To, Language Learning, Self-Improvement
Fiction: Comedy Fiction, Drama, Science Fiction
Government
Health & Fitness: Alternative Health, Fitness, Medicine, Mental Health, Nutrition, Sexuality
History
Kids & Family: Education for Kids, Parenting, Pets & Animals, Stories for Kids
Leisure: Animation & Manga, Automotive, Aviation, Crafts, Games, Hobbies, Home & Garden, Video Games
Music: Music Commentary, Music History, Music Interviews
News: Business News, Daily News, Entertainment News, News Commentary, Politics, Sports News, \
Tech News
Religion & Spirituality: Buddhism, Christianity, Hinduism, Islam, Judaism, Religion, Spirituality
Science: Astronomy, Chemistry, Earth Sciences, Life Sciences, Mathematics, Natural Sciences, \
Nature, Physics, Social Sciences
Society & Culture: Documentary, Personal Journals, Philosophy, Places & Travel, Relationships
Sports: Baseball, Basketball, Cricket, Fantasy Sports, Football, Golf, Hockey, Rugby, Running, \
Soccer, Swimming, Tennis, Volleyball, Wilderness, Wrestling
TV & Film: After Shows, Film History, Film Interviews, Film Reviews, TV Reviews
Technology
True Crime
"""


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(", ")) if text else ()


CATEGORIES = {
    name: _names(below) for name, _, below in (row.partition(": ") for row in _APPLES.splitlines())
}
_SUBCATEGORIES = tuple(name for below in CATEGORIES.values() for name in below)
_PICTURES = (".jpg", ".png")


def read_podcast(scope: Scope, field: Field, node: Node) -> Podcast | None:
    """A mapping, with a subcategory that belongs to the category."""
    read = _read(scope, field, node)
    if read is None or not isinstance(node, Mapping):
        return None
    podcast = Podcast(**read)
    below = CATEGORIES[podcast.category]
    if podcast.subcategory is None or podcast.subcategory in below:
        return podcast
    fix = f"write one of {', '.join(below)}" if below else f"remove it: {podcast.category} has none"
    scope.fail(_PODCAST.fields["subcategory"], place_of(node, "subcategory"), fix)
    return None


def _read_category(scope: Scope, field: Field, node: Node) -> str | None:
    return _one_of(CATEGORIES, f"write one of {', '.join(CATEGORIES)}", scope, field, node)


def _read_subcategory(scope: Scope, field: Field, node: Node) -> str | None:
    fix = "choose one in the list at https://podcasters.apple.com/support/1691"
    return _one_of(_SUBCATEGORIES, fix, scope, field, node)


def _one_of(known: Iterable[str], fix: str, scope: Scope, field: Field, node: Node) -> str | None:
    text = values.line(scope, field, node)
    if text is None or text in known:
        return text
    by_lower = {name.lower(): name for name in known}
    close = closest(text, by_lower)
    scope.fail(field, node, f"write {by_lower[close]}" if close else fix)
    return None


def _read_picture(scope: Scope, field: Field, node: Node) -> str | None:
    url = values.url_or_path(scope, field, node)
    if url is None or url.endswith(_PICTURES):
        return url
    scope.fail(field, node, "give it as a JPEG or PNG, square, 1400 to 3000 pixels wide")
    return None


def _read_type(scope: Scope, field: Field, node: Node) -> str | None:
    text = values.words(scope, field, node)
    if text in (None, "episodic", "serial"):
        return text
    scope.fail(field, node, "write serial where episodes build on each other, else episodic")
    return None


def _read_owner(scope: Scope, field: Field, node: Node) -> Person | None:
    errors = scope.errors
    owner = values.person(scope, field, node)
    if owner and not owner.email and scope.errors == errors:
        scope.fail(field, node, f"write owner: {{name: {owner.name}, email: …}}")
        return None
    return owner


_PODCAST = Shape(
    "a podcast",
    (
        Field(
            "category",
            _read_category,
            "a category of Apple Podcasts, such as News",
            {"enum": list(CATEGORIES)},
            "Where directories list it: a category of Apple Podcasts.",
            required=True,
        ),
        Field(
            "subcategory",
            _read_subcategory,
            "a subcategory of that category, such as Politics",
            {"enum": [*_SUBCATEGORIES, None]},
            "Where in the category.",
        ),
        Field(
            "image",
            _read_picture,
            f"{WEB_ADDRESS} and ends in .jpg or .png",
            {**URL, "pattern": f"{URL['pattern']}.*\\.(jpg|png)$"},
            "The cover: square, a JPEG or PNG from 1400 to 3000 pixels wide.",
            required=True,
        ),
        Field(
            "explicit",
            values.flag,
            "true or false",
            FLAG,
            "Whether it is for grown-ups only. Default: false.",
        ),
        Field(
            "type",
            _read_type,
            "episodic or serial",
            {"enum": ["episodic", "serial", None]},
            "serial: to be heard from the first episode on. Default: episodic.",
        ),
        Field(
            "owner",
            _read_owner,
            "a name and a mail address: {name: …, email: …}",
            values.PERSON,
            "Whom directories write to. Default: the author, if that one has an address.",
        ),
    ),
    under="sections.podcast",
)
_read: Any = inside(_PODCAST)

PODCAST: Schema = _PODCAST.schema()
