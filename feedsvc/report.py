"""Problems, said in the form that whoever reads them wants: a person, a forge, an editor.

In: problems, in order. Out: text. Knows no file and no command.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import msgspec

from feedsvc import __version__
from feedsvc.errors import Problem

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def text(problems: Sequence[Problem]) -> str:
    """One line each, as ``file:line:column: field: found …; expected …; fix: …``."""
    return "\n".join(map(str, problems))


def as_json(problems: Sequence[Problem]) -> str:
    """An array of objects with a problem's fields."""
    return json.dumps(msgspec.to_builtins(problems), ensure_ascii=False, indent=2)


def github(problems: Sequence[Problem]) -> str:
    """Workflow commands, which GitHub shows beside the lines that they are about."""
    return "\n".join(
        f"::{problem.severity} file={_property(problem.file)},line={max(1, problem.line)},"
        f"col={max(1, problem.column)},title={_property(problem.field)}::{_data(_message(problem))}"
        for problem in problems
    )


def sarif(problems: Sequence[Problem]) -> str:
    """SARIF 2.1.0 §3.27: a result for each problem."""
    driver = {"name": "feedsvc", "version": __version__, "rules": []}
    run = {"tool": {"driver": driver}, "results": [_result(problem) for problem in problems]}
    log = {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2)


#: The forms by the name that ``--format`` takes.
FORMATS: Mapping[str, Callable[[Sequence[Problem]], str]] = {
    "text": text,
    "json": as_json,
    "github": github,
    "sarif": sarif,
}


def _message(problem: Problem) -> str:
    return (
        f"{problem.field}: found {problem.found}; expected {problem.expected}; fix: {problem.fix}"
    )


def _result(problem: Problem) -> dict[str, object]:
    region = {"startLine": max(1, problem.line), "startColumn": max(1, problem.column)}
    place = {"artifactLocation": {"uri": problem.file}, "region": region}
    return {
        "ruleId": problem.field,
        "level": problem.severity,
        "message": {"text": _message(problem)},
        "locations": [{"physicalLocation": place}],
    }


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")
