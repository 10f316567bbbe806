"""Items of an old feed, and the site that they are imported into."""

from functools import partial

from feedsvc.render.markdown import to_html
from feedsvc.source.drafting import Drafter
from feedsvc.source.items import Item, Text
from tests.factory import instant, site

NOW = instant("2026-01-01 00:00")
SITE = site()


def item(**facts):
    usual = {
        "guid": "https://old.example.org/1",
        "title": Text("A title", html=False),
        "content": Text("<p>Words.</p>"),
        "published": instant("2024-07-19 12:30"),
    }
    return Item(**(usual | facts))


def drafter(language="en", **facts):
    render = partial(to_html, base=SITE.base_url)
    return Drafter(SITE, "news", render, language=language, instant=NOW, **facts)
