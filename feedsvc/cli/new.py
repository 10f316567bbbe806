"""``feedsvc new``."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import rich_click as click

from feedsvc.cli import completion, editor
from feedsvc.cli.common import SITE, Named, fail, load_site, now
from feedsvc.cli.schemas import header
from feedsvc.cli.tell import from_here, say, told
from feedsvc.errors import ConfigError, SourceError
from feedsvc.model import Site
from feedsvc.source import characters, collect, compose, dates, edit, identity, tree
from feedsvc.source.collect import Gathered
from feedsvc.source.compose import NewEntry
from feedsvc.source.fields import closest

_PLACEHOLDER = "Title of the new entry"


@click.command()
@click.argument("section", help="One that the config names.", shell_complete=completion.sections)
@click.option("--title", metavar="TEXT", help="Its title.")
@click.option("--lead", metavar="TEXT", help="Its first paragraph, plain text.")
@click.option("--draft", is_flag=True, help="Keep it back until `draft: true` is deleted.")
@click.option("--edit", "open_", cls=Named, is_flag=True, help="Open it in `$EDITOR`, as a draft.")
@SITE
def new(  # noqa: PLR0913, PLR0917 - one for each option
    root: Path,
    section: str,
    title: str | None,
    lead: str | None,
    draft: bool,  # noqa: FBT001
    open_: bool,  # noqa: FBT001
) -> None:
    """Add an entry to a section, with its id and the present as its date, and say where.

    It goes into the file of this year, at the end where the newest entries stand. Without a title
    and a lead it is a draft to be filled in.

    **Examples:** `feedsvc new news --edit`, `feedsvc new news --title "Ice on the Velm" --draft`

    **Exit status:** 0 written; 1 the config or the file does not allow it; 2 bad usage.
    """
    title, lead = _line(title), _line(lead)
    empty = not title and not lead
    if open_ and not editor.chosen():
        raise click.UsageError("--edit needs the environment variable VISUAL or EDITOR")
    try:
        desk = _Desk(root, section, now())
        keep = draft or open_ or empty
        entry = desk.entry(title, lead, draft=keep, room=open_ or empty)
        path, line = desk.write(entry)
    except compose.NoPlace as error:
        fail(f"{told(error.problems, root)}\n{error.text}")
    except (ConfigError, SourceError) as error:
        fail(told(error.problems, root))
    except OSError as error:
        fail(f"cannot write {error.filename}: {error.strerror}")
    say(f"{from_here(root, path)}:{line}: '{entry.id}'{', a draft' if entry.draft else ''}")
    if open_:
        _open(root / path, line)


class _Desk:
    """A section with all that is there, at one moment."""

    def __init__(self, root: Path, section: str, instant: datetime) -> None:
        self.root = root
        self.site = load_site(root)
        _known(self.site, section)
        self.section = section
        self.folder = f"feeds/{section}"
        self.zone = ZoneInfo(self.site.timezone)
        self.now = instant.astimezone(self.zone).replace(second=0, microsecond=0)
        self.found = tree.scan(root / "feeds")
        self.gathered = collect.gather(self.site, self.found, {}, tree.read)

    def entry(self, title: str, lead: str, *, draft: bool, room: bool) -> NewEntry:
        """The entry with an id that is nobody else's."""
        taken = set(_taken(self.gathered, self.section))
        word = identity.word_of(title or lead)
        day = f"{self.section}-{self.now:%Y-%m-%d}"
        return NewEntry(
            id=identity.unused(word, taken, self.now.date())
            if word
            else identity.unused(day, taken),
            published=self.moment(),
            title=title or ("" if lead else _PLACEHOLDER),
            lead=lead,
            draft=draft,
            room=room,
            settled=bool(word),
        )

    def moment(self) -> str:
        """Now, as an admin writes it; with the offset where that hour comes twice."""
        text = f"{self.now:%Y-%m-%d %H:%M}"
        return text if dates.instant(text, self.zone) == self.now else f"{text}{self.now:%z}"

    def write(self, entry: NewEntry) -> tuple[str, int]:
        """Put the entry into its file; the file and the line. Raises SourceError, OSError."""
        files = {file.path: file for file in self.found.files}
        ordered = sorted(files, key=lambda path: _latest(self.gathered, path), reverse=True)
        path = next(self._open_files(compose.candidates(self.folder, self.now.year, ordered)), "")
        if path:
            location, old = Path(files[path].location), tree.read(files[path])
        else:
            path = compose.fresh(self.folder, self.now.year, entry.id, files)
            location, old = self.root / path, None
        on_top = _on_top(self.gathered, path, self.folder)
        added = compose.add(path, old or header(self.root, path), entry, on_top=on_top)
        edit.save(location, old, added.data)
        return path, added.line

    def _open_files(self, paths: Iterable[str]) -> Iterator[str]:
        """Those that can take another entry. Raises SourceError where one does not parse."""
        files = {file.path: file for file in self.found.files}
        return (path for path in paths if compose.open_to_more(path, tree.read(files[path])))


def _known(site: Site, section: str) -> None:
    names = [known.name for known in site.sections]
    if section not in names:
        close = closest(section, names)
        hint = f"did you mean '{close}'? " if close else ""
        raise click.UsageError(f"no section '{section}'; {hint}There are: {', '.join(names)}")


def _line(text: str | None) -> str:
    """Text of one line, without what a file cannot hold."""
    whole = " ".join((text or "").encode("utf-8", "ignore").decode().split())
    return characters.without_unfit("", 0, 0, whole)[0]


def _taken(gathered: Gathered, section: str) -> Iterator[str]:
    """Ids of the site and names of pages in the section: also of entries that are bad."""
    for entry in gathered.entries:
        yield entry.id
        if entry.section == section:
            yield entry.slug
    for record in gathered.records.values():
        yield from record.held


def _latest(gathered: Gathered, path: str) -> str:
    """When something last came into a file, in a form that sorts."""
    record = gathered.records.get(path)
    return (
        max((entry.published.isoformat() for entry in record.entries), default="") if record else ""
    )


def _on_top(gathered: Gathered, path: str, folder: str) -> bool:
    """Whether the newest stand first: in the file, else in those beside it."""
    records: Mapping[str, collect.FileRecord] = gathered.records
    beside = sorted((name for name in records if name.startswith(f"{folder}/")), reverse=True)
    for name in (path, *beside):
        if name in records:
            dated = [entry.published for entry in records[name].entries]
            if (falling := compose.falling(dated)) is not None:
                return falling
    return False


def _open(file: Path, line: int) -> None:
    """Wait for the editor. What it says is for the person who sees it."""
    try:
        words = editor.command(editor.chosen(), file, line)
        subprocess.run(words, check=False)  # noqa: S603 - the person's own editor
    except (OSError, ValueError) as error:
        fail(f"cannot open {editor.chosen()!r}: {error}")
