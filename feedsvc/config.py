"""``config/site.yaml`` to a ``Site``: every default filled in, every problem found at once.

In: the bytes of the file, and what the environment overrides. Out: a ``Site`` that needs no more
checks, or ``ConfigError``. It must not know what the values are used for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from msgspec.structs import replace

from feedsvc.errors import ConfigError, Problem, SourceError
from feedsvc.model import Caching, Person, Section, Site
from feedsvc.source import moves, nodes, tree
from feedsvc.source.fields import Schema, Scope, describe, place_of
from feedsvc.source.sitefields import RESERVED, SITE

_EXAMPLE = re.compile(
    r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|localhost|invalid|test)\Z|^127\.|^::1\Z"
)
_SECRET = re.compile(r"[^#]*\b(?:store|webhook|password)['\"]?\s*:")
_ALL, _ENTRIES, _CONTENT, _LANGUAGE = "All news", 50, "full", "en"


def load(path: Path) -> Site:
    """Read ``config/site.yaml``. Raises ConfigError with every problem of it."""
    return parse(*_bytes(path))


def advice(path: Path) -> tuple[Problem, ...]:
    """The warnings about a config that can be used. Raises ConfigError where it cannot."""
    return _parsed(*_bytes(path))[1]


def _bytes(path: Path) -> tuple[bytes, str]:
    """What the file holds, and its name in problems."""
    name = f"{path.parent.name}/{path.name}"
    file = tree.SourceFile(name, "", str(path.resolve()), (0, 0, 0, 0))
    try:
        return tree.read(file), name
    except OSError as error:
        fix = "write one with 'feedsvc init DIR', or name the site's folder with --site"
        problem = Problem(name, 0, 0, "file", f"'{error.strerror}'", "the config of the site", fix)
        raise ConfigError([problem]) from error
    except SourceError as error:
        raise ConfigError(error.problems) from error


def parse(data: bytes, file: str = "config/site.yaml") -> Site:
    """Read the text of a config; ``file`` is its name in problems.

    Raises ConfigError with every problem of it.
    """
    return _parsed(data, file)[0]


def _parsed(data: bytes, file: str) -> tuple[Site, tuple[Problem, ...]]:
    try:
        document = nodes.parse(file, data)
    except SourceError as error:
        raise ConfigError(_without_secrets(error.problems, data)) from error
    scope = Scope(file)
    if not isinstance(document.root, nodes.Mapping):
        found = describe(document.root) if document.root else "an empty file"
        fix = "write it as title: …, base_url: …, tag: … and sections: …, each in a line of its own"
        raise ConfigError([Problem(file, 0, 0, "config", found, "keys with values", fix)])
    site = _read(scope, document.root)
    problems = (*document.problems, *scope.problems)
    if site is None or any(problem.severity == "error" for problem in problems):
        raise ConfigError(problems)
    _warn_of_example(scope, document.root, site)
    return site, (*document.problems, *scope.problems)


def _without_secrets(problems: Iterable[Problem], data: bytes) -> list[Problem]:
    """What is wrong with a line that holds a secret is said without repeating any of it."""
    lines = data.decode("utf-8", "replace").splitlines()
    fix = "write it anew, the whole value between quotes"
    return [
        replace(problem, found="a value that is not repeated here", fix=fix)
        if 0 < problem.line <= len(lines) and _SECRET.match(lines[problem.line - 1])
        else problem
        for problem in problems
    ]


def override(site: Site, base_url: str | None = None, store: str | None = None) -> Site:
    """The site with what FEEDSVC_BASE_URL and FEEDSVC_STORE say; None and "" change nothing.

    Raises ConfigError where such a value is none.
    """
    new_url = _overridden("base_url", base_url) or site.base_url
    return replace(
        site,
        base_url=new_url,
        store=_overridden("store", store) or site.store,
        icon=_moved(site.icon, site.base_url, new_url),
        logo=_moved(site.logo, site.base_url, new_url),
        sections=tuple(_rehoused(section, site.base_url, new_url) for section in site.sections),
    )


def config_schema() -> Schema:
    """The JSON Schema (2020-12) of ``config/site.yaml``, from the table that also reads it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "feedsvc config/site.yaml",
        **SITE.schema(),
    }


def _read(scope: Scope, root: nodes.Mapping) -> Site | None:
    # The address comes first: paths elsewhere in the file are completed with it.
    scope.base_url = _base_url(scope, root)
    values = SITE.read(scope, root)
    names = tuple(values.get("sections", ()))
    taken = moves.Taken(scope.base_url, names, RESERVED)
    fields = SITE.fields
    moved = moves.redirects(scope, fields["redirects"], values.pop("redirects", ()), taken)
    gone = moves.retirements(scope, fields["gone"], values.pop("gone", ()), taken, moved)
    return None if scope.errors else _site(values, moved, gone)


def _warn_of_example(scope: Scope, root: nodes.Mapping, site: Site) -> None:
    """RFC 4151 §2.1: the authority is a domain that the site's owner holds. RFC 2606: not these."""
    authority = site.tag.partition(",")[0].rpartition("@")[2]
    host = urlsplit(site.base_url).hostname or ""
    if _EXAMPLE.search(authority) and not _EXAMPLE.search(host):
        fix = f"write {host},{site.tag.rpartition(',')[2]} before you publish, and never change it"
        scope.warn(SITE.fields["tag"], place_of(root, "tag"), fix)


def _base_url(scope: Scope, root: nodes.Mapping) -> str:
    field = SITE.fields["base_url"]
    return field.read(Scope(scope.file), field, place_of(root, "base_url")) or ""


def _site(values: dict[str, Any], moved: dict[str, str], gone: tuple[str, ...]) -> Site:
    title = values["title"]
    feeds = values.pop("feeds", {})
    sections = values.pop("sections")
    caching = replace(Caching(), **values.pop("caching", {}))
    author = values.pop("author", Person(title))
    everything = Section(
        name="all",
        title=_ALL,
        description=values.get("subtitle") or f"{_ALL} · {title}",
        language=values.get("language", _LANGUAGE),
        author=author,
        entries=feeds.pop("entries", _ENTRIES),
        content=feeds.pop("content", _CONTENT),
        caching=caching,
    )
    return Site(
        sections=tuple(_section(name, own, everything, title) for name, own in sections.items()),
        everything=everything,
        author=author,
        caching=caching,
        redirects=moved,
        gone=gone,
        **feeds,
        **values,
    )


def _section(name: str, own: Mapping[str, Any], whole: Section, site_title: str) -> Section:
    """A section: its own settings, otherwise the site's."""
    title = own.get("title") or name.replace("-", " ").capitalize()
    caching = replace(whole.caching, **own.get("caching", {}))
    defaults = {"title": title, "description": f"{title} · {site_title}"}
    settings = {**defaults, **own, "name": name, "caching": caching}
    return replace(whole, **settings)


def _overridden(name: str, value: str | None) -> str | None:
    if not value:
        return None
    variable = f"FEEDSVC_{name.upper()}"
    scope, field = Scope(variable), SITE.fields[name]
    checked: str | None = field.read(scope, field, nodes.Scalar(value, "'", 0, 0))
    if scope.errors:
        raise ConfigError(scope.problems)
    return checked


def _rehoused(section: Section, old_base: str, new_base: str) -> Section:
    podcast = section.podcast
    if podcast is None:
        return section
    image = _moved(podcast.image, old_base, new_base) or podcast.image
    return replace(section, podcast=replace(podcast, image=image))


def _moved(url: str | None, old_base: str, new_base: str) -> str | None:
    """An address on the site's host, on its new one: it may have been written as a path."""
    old, new = (urljoin(base, "/") for base in (old_base, new_base))
    return new + url.removeprefix(old) if url and url.startswith(old) else url
