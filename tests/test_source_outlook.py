"""Dates that are probably slips of the pen."""

import pytest

from feedsvc.source import collect, outlook, tree
from tests.factory import instant
from tests.reading import SITE

NOW = instant("2026-11-24 12:00")


def warned(tmp_path, entry):
    file = tmp_path / "feeds" / "news" / "2026.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(f"# A comment\n- {{id: x, title: X, {entry}}}\n")
    gathered = collect.gather(SITE, tree.scan(tmp_path / "feeds"), {}, tree.read)
    assert len(gathered.entries) == 1
    return [str(problem) for problem in outlook.far(gathered.records.values(), NOW, SITE)]


def test_a_year_with_its_digits_turned_round(tmp_path):
    assert warned(tmp_path, "published: 2062-11-24") == [
        (
            "feeds/news/2026.yaml:2:3: warning: published: found '2062-11-24', more than five "
            "years from now; expected a date that readers of today can wait for; fix: look at the "
            "year again; if it is right, leave it: the entry becomes public then"
        )
    ]


@pytest.mark.parametrize(
    "entry",
    [
        "published: 2031-11-24 12:00",
        "published: 2062-11-24, draft: true",
        "published: 2062-11-24, withdrawn: {at: 2026-01-01, reason: R}",
        "published: 2026-11-24, expires: 2062-01-01",
    ],
)
def test_embargoes_may_be_long(tmp_path, entry):
    assert warned(tmp_path, entry) == []
