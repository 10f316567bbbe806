"""Templates: compiled when they are first used, once for all sites of a process.

In: a name. Out: a template that escapes all text that it prints. Knows no page.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import cache
from types import CodeType
from typing import Any

import markupsafe
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

#: Escapes text and leaves it a plain str, where the installed MarkupSafe can.
_escape_text: Callable[[str], str] = getattr(markupsafe, "_escape_inner", escape)


def _escaped(value: object) -> str:
    """What ``escape`` gives, but not as Markup: that costs eight times what escaping does."""
    if type(value) is str:
        return _escape_text(value)
    return value if type(value) is Markup else escape(value)


class _Quick(Template):
    """A template whose pieces are plain text until all of them are put together."""

    @classmethod
    def from_code(
        cls,
        environment: Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002 - Jinja's name
        uptodate: Callable[[], bool] | None = None,
    ) -> Template:
        made = super().from_code(environment, code, globals, uptodate)
        # Compiled templates look this name up; one that did not would be slower, and as safe.
        made.root_render_func.__globals__["escape"] = _escaped
        return made


class _Environment(Environment):
    template_class = _Quick


@cache
def template(name: str) -> Template:
    """The template of this name."""
    return _environment().get_template(f"{name}.html")


@cache
def _environment() -> Environment:
    return _Environment(
        loader=PackageLoader("feedsvc.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
