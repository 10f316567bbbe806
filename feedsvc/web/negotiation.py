"""Which coding of a document a client gets, and whether it takes a delta: RFC 9110 §12, RFC 3229.

In: the text of a request's Accept-Encoding or A-IM field, whatever it holds. Out: a coding, or None
where the client refuses every one. Pure; never raises. Knows no document, no environ and no clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from feedsvc.snapshot import Coding

#: RFC 9110 §5.6.2 and §12.4.2: a token and its weight, three decimals at most.
_WEIGHTED = re.compile(
    r"[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*"
    r"(?:;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*)?\Z"
)
_ALIASES: Mapping[Coding, tuple[str, ...]] = {
    "identity": ("identity",),
    # RFC 9110 §8.4.1.3: a recipient SHOULD consider "x-gzip" to be equivalent to "gzip".
    "gzip": ("gzip", "x-gzip"),
    "br": ("br",),
}
#: Less than the least weight that can be written: identity is acceptable, but nobody asked for it.
_UNASKED: Final = 0.5


def weights(field: str) -> dict[str, int]:
    """Each token of a weighted list, in lower case, with its weight in thousandths.

    A member that is not by the grammar is left out; of a token named twice the lesser weight
    counts, so that a refusal is never lost.
    """
    found: dict[str, int] = {}
    for member in field.split(","):
        match = _WEIGHTED.match(member)
        if match:
            name, weight = match[1].lower(), round(float(match[2] or 1) * 1000)
            found[name] = min(weight, found.get(name, 1000))
    return found


def choose(accept_encoding: str | None, offers: Sequence[Coding]) -> Coding | None:
    """The coding to send, of ``offers``, which come smallest first and hold ``identity``.

    None means that the client refuses them all.
    """
    # RFC 9110 §12.5.3: without the field any coding is acceptable; only identity is surely read.
    if accept_encoding is None:
        return "identity"
    listed = weights(accept_encoding)
    # RFC 9110 §12.4.2: the greatest weight; among equals max() keeps the first, the smallest.
    best = max(offers, key=lambda coding: _weight(coding, listed))
    # RFC 9110 §12.5.3: a weight of 0 means "not acceptable", for identity too.
    return best if _weight(best, listed) > 0 else None


def _weight(coding: Coding, listed: Mapping[str, int]) -> float:
    named = [listed[name] for name in _ALIASES[coding] if name in listed]
    if named:
        return min(named)
    # RFC 9110 §12.5.3: "*" stands for every coding that is not named; identity is acceptable
    # unless "identity;q=0" or "*;q=0" excludes it.
    return listed.get("*", _UNASKED if coding == "identity" else 0)


def takes_delta(a_im: str | None) -> bool:
    """Whether the A-IM field asks for the ``feed`` instance-manipulation: RFC 3229 §10.5.3."""
    return a_im is not None and weights(a_im).get("feed", 0) > 0
