"""What a store may say of builder, servers and hubs, different only in what a test names."""

from datetime import timedelta

import msgspec

from feedsvc.errors import Problem
from feedsvc.snapshot import SnapshotInfo
from feedsvc.store.journal import Attempt, Server
from feedsvc.store.notices import Letter
from feedsvc.store.outbox import HubState
from tests.factory import instant

NOW = instant("2024-08-01 12:00:00")
WRONG = Problem("feeds/news/a.yaml", 3, 5, "published", "'31.13.2024'", "a date", "month 13 <b>")
WARNING = msgspec.structs.replace(WRONG, severity="warning", line=9)


def attempt(minutes=1, **facts):
    defaults = {
        "instant": NOW - timedelta(minutes=minutes),
        "why": "refresh",
        "builder": "press-1:7",
        "result": "unchanged",
        "seconds": 0.05,
        "entries": 12,
        "due": NOW + timedelta(minutes=4),
    }
    return Attempt(**(defaults | facts))


def server(name="press-1:8000", seconds=30, **facts):
    defaults = {"role": "builder", "version": "1", "snapshot": 7}
    return Server(name=name, seen=NOW - timedelta(seconds=seconds), **(defaults | facts))


def hub(**facts):
    state = {"waiting": 0, "next_try": None, "last_success": NOW, "last_failure": None}
    return HubState(url="https://hub.example/", last_error=None, **(state | facts))


def letter(**facts):
    words = {"channel": "webhook", "subject": "s", "text": "t", "facts": {}}
    return Letter(since=NOW, due=NOW, **(words | facts))


def snapshot(number=7):
    return SnapshotInfo(
        id=number,
        instant=NOW - timedelta(hours=3),
        why="edit",
        base_path="",
        next_change=None,
        documents=40,
        changed=3,
        duration=0.2,
    )
