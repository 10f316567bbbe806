"""Redirects and retirements in ``config/site.yaml``, checked against what is there.

In: what ``redirects`` and ``gone`` say, and the sections. Out: addresses that can be served. It
must not know how they are served. ``old-name`` and ``/old-name/`` are one address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from feedsvc.source.fields import Field, Scope, Unfit, closest, describe
from feedsvc.source.nodes import Scalar
from feedsvc.source.urls import absolute


class Taken(NamedTuple):
    """Addresses that are in use: names of sections, and names with another meaning."""

    base_url: str
    sections: Sequence[str]
    reserved: frozenset[str]


def redirects(
    scope: Scope, field: Field, moves: Iterable[tuple[Scalar, Scalar]], taken: Taken
) -> dict[str, str]:
    """Sources with their targets, as typed; what cannot be is reported."""
    good = {
        source.value: (target.value.strip(), target)
        for source, target in moves
        if _is_free(scope, field, source, taken) and _is_target(scope, field, target, taken)
    }
    chain = {
        address(source): address(target, taken.base_url) for source, (target, _) in good.items()
    }
    for source, (_, node) in good.items():
        if (round_trip := _loop(chain, address(source))) and address(source) == min(round_trip):
            fix = "end it at a section or a page"
            found = " → ".join((*round_trip, round_trip[0]))
            scope.report(node, field.label, found, "a redirect that ends somewhere", fix)
        elif end := _end(chain, address(source)):
            found = f"{describe(node)}, which is redirected as well"
            scope.advise(node, field.label, found, "where that leads in the end", f"write {end!r}")
    return {source: target for source, (target, _) in good.items()}


def retirements(
    scope: Scope, field: Field, gone: Iterable[Scalar], taken: Taken, moved: Mapping[str, str]
) -> tuple[str, ...]:
    """Addresses that are gone, as typed; what cannot be is reported."""
    sources = {address(source): source for source in moved}
    targets = {address(target, taken.base_url): target for target in moved.values()}
    for node in gone:
        where = address(node.value.strip())
        if not _is_free(scope, field, node, taken):
            continue
        if where in sources or where in targets:
            fix = "leave it out here, or there"
            scope.fail(field, node, fix, f"{node.value.strip()!r}, which redirects name as well")
    return tuple(dict.fromkeys(node.value.strip() for node in gone))


def address(text: str, base_url: str = "") -> str:
    """The one spelling of an address: a path without a slash at its end, or a foreign URL."""
    text = text.strip()
    if base_url and (text == base_url or text.startswith(f"{base_url}/")):
        text = text.removeprefix(base_url) or "/"
    if "://" in text:
        return text
    return "/" + text.strip("/")


def _is_free(scope: Scope, field: Field, node: Scalar, taken: Taken) -> bool:
    """Whether nothing else is served at the address."""
    text = node.value.strip()
    where = address(text)
    if (fix := _unfit_path(text)) is not None:
        scope.fail(field, node, fix)
    elif where == "/" or where[1:] in taken.reserved:
        scope.fail(field, node, "leave it out: that address has a meaning of its own")
    elif where[1:] in taken.sections:
        scope.fail(field, node, "leave it out, or remove the section", f"the section '{where[1:]}'")
    else:
        return True
    return False


def _is_target(scope: Scope, field: Field, node: Scalar, taken: Taken) -> bool:
    """Whether something may be at the address: a section, a path or another site."""
    text = node.value.strip()
    if text in taken.sections or text == "all":
        return True
    if text.startswith("/") or "://" in text:
        fix = _unfit_path(text, query=True)
    else:
        fix = _meant(text, taken)
    if fix is not None:
        scope.fail(field, node, fix)
    return fix is None


def _meant(text: str, taken: Taken) -> str:
    """What to write in place of a target that is neither a section, nor a path, nor a URL."""
    head, slash, _ = text.partition("/")
    if slash and _unfit_path(f"/{text}", query=True) is None:
        return f"write 'https://{text}'" if "." in head else f"write '/{text}'"
    close = closest(text, taken.sections)
    return f"write '{close}'" if close else "write a section, or a path that begins with /"


def _unfit_path(text: str, *, query: bool = False) -> str | None:
    """Why a name, a path or an address is none, as a fix; None where it is one."""
    if not query and "://" in text:
        return "write the path alone, from the third slash on"
    whole = text if "://" in text else f"https://host/{text.removeprefix('/')}"
    if text.startswith("//"):
        return "write one slash at its beginning"
    if not query and any(mark in text for mark in "?#"):
        return "leave out all from '?' or '#' on"
    if any(part in (".", "..", "") for part in whole.split("/")[3:-1]):
        return "write it without empty parts, '.' and '..'"
    try:
        absolute(whole)
    except Unfit as unfit:
        return str(unfit)
    return None


def _end(chain: Mapping[str, str], start: str) -> str:
    """Where a chain of redirects ends; empty where the first leads there, or none ends."""
    seen, where = _walked(chain, start)
    return "" if where in seen or where == chain[start] else where


def _loop(chain: Mapping[str, str], start: str) -> tuple[str, ...]:
    """The addresses of the loop in which a redirect stands, from there on; empty without one."""
    seen, where = _walked(chain, start)
    return tuple(seen) if where == start and seen else ()


def _walked(chain: Mapping[str, str], start: str) -> tuple[dict[str, None], str]:
    """The redirects from there on, each once, and the address behind the last."""
    seen: dict[str, None] = {}
    where = start
    while where in chain and where not in seen:
        seen[where] = None
        where = chain[where]
    return seen, where
