"""REDbot without its screen: ``python -m tests.system.redbot URL…`` prints its findings as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from typing import Any
from urllib.parse import urlsplit

import thor
from httplint import levels
from redbot.resource import HttpResource

_SERIOUS = (levels.BAD, levels.WARN)


def judge(urls: list[str]) -> list[HttpResource]:
    """Every address, with every check that REDbot has, all at once."""
    config = ConfigParser()
    config.read_dict({"redbot": {"enable_local_access": "True"}})
    resources = [HttpResource(config["redbot"]) for _ in urls]
    waiting = set(resources)

    def done(resource: HttpResource) -> None:
        waiting.discard(resource)
        if not waiting:
            thor.stop()

    for url, resource in zip(urls, resources, strict=True):
        resource.set_request(url)
        resource.once("check_done", lambda resource=resource: done(resource))
    for resource in resources:
        resource.check()
    thor.run()
    return resources


def _notes(resource: HttpResource) -> Iterator[dict[str, str]]:
    checks = {"itself": resource.response}
    checks |= {name: check.response for name, check in resource.subreqs.items()}
    for check, response in checks.items():
        for note in response.notes:
            for one in (note, *note.subnotes):
                if one.level in _SERIOUS:
                    yield {
                        "check": check,
                        "level": one.level.value,
                        "subject": one.subject,
                        "note": type(one).__name__,
                        "summary": str(one.summary),
                    }


def _found(url: str, resource: HttpResource) -> dict[str, Any]:
    return {
        "url": url,
        "path": urlsplit(url).path,
        "status": resource.response.status_code,
        "failed": str(resource.fetch_error or ""),
        "if_none_match": resource.inm_support,
        "if_modified_since": resource.ims_support,
        "gzip": resource.gzip_support,
        "ranges": resource.partial_support,
        "notes": list(_notes(resource)),
    }


if __name__ == "__main__":
    addresses = sys.argv[1:]
    found = [_found(*pair) for pair in zip(addresses, judge(addresses), strict=True)]
    json.dump(found, sys.stdout)
