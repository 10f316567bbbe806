"""What is wrong with the folders themselves: nothing is there, or no section stands for one.

In: what was found under ``feeds/``, and what it gave before. Out: problems. It must not know what
is in a file, nor the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from feedsvc.errors import Problem
from feedsvc.source.fields import closest
from feedsvc.source.records import FileRecord
from feedsvc.source.tree import SourceFile, Tree


def nothing_there(tree: Tree, previous: Mapping[str, FileRecord]) -> list[Problem]:
    """The problem of a folder that holds nothing while its entries are public."""
    count = sum(len(record.entries) for record in previous.values())
    why = tree.problems[0].found if tree.missing and tree.problems else "no entry file at all"
    expected = f"the files of the {count} entries that stay public meanwhile"
    fix = "put them back; to remove all entries on purpose, leave one file that holds []"
    others = () if tree.missing else tree.problems
    return [Problem("feeds/", 0, 0, "file", why, expected, fix), *others]


def strangers(files: Iterable[SourceFile], sections: Iterable[str]) -> list[Problem]:
    """A problem for each folder that no section of the config stands for."""
    folders = {file.path.rsplit("/", file.path.count("/") - 1)[0]: file for file in files}
    return [
        _stranger(folder, file.section, closest(file.section, sections))
        for folder, file in folders.items()
        if file.section not in sections
    ]


def _stranger(folder: str, section: str, close: str | None) -> Problem:
    fix = f"add '{section}' to the sections there, or move its files"
    if close:
        fix = f"rename it to '{close}', or add '{section}' to the sections there"
    expected = "the name of a section in config/site.yaml"
    return Problem(f"{folder}/", 0, 0, "section", f"the folder '{section}'", expected, fix)
