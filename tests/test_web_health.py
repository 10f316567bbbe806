"""Health at a glance, what is coming, and the journal that both are read from."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from feedsvc.agenda import coming
from feedsvc.store import Store, locate
from feedsvc.store.journal import KEPT_ATTEMPTS
from feedsvc.store.origins import Hold
from feedsvc.web.health import State, judge
from tests.factory import entry, instant
from tests.journal_sample import NOW, WARNING, WRONG, attempt, hub, letter, server, snapshot


def signs(**facts):
    defaults = {"snapshot": snapshot(), "attempts": [attempt()], "servers": [server()]}
    health = judge(State(now=NOW, zone=ZoneInfo("Europe/Vienna"), **(defaults | facts)))
    found = {sign.name: (sign.level, sign.value, sign.detail) for sign in health.signs}
    return health, found


def test_all_is_well():
    health, found = signs(hubs=[hub()])
    assert (health.level, health.verdict) == ("good", "All is well")
    assert found == {
        "Published": ("good", "3 h ago", "Snapshot 7 with 40 documents, Thu 01 Aug 2024, 11:00."),
        "Last build": ("good", "went well", "60 s ago, it changed nothing of 12 entries in 50 ms."),
        "Builder": ("good", "alive", "press-1:7 builds again in 4 min."),
        "Problems": ("good", "none", "Every entry is as its file says."),
        "Servers": ("good", "1", "At snapshot 7: press-1:8000."),
        "Hubs": ("good", "listening", "1 told, 0 pings waiting."),
    }


@pytest.mark.parametrize(
    ("facts", "name", "sign"),
    [
        pytest.param(
            {"snapshot": None},
            "Published",
            ("bad", "nothing yet", "Readers get 503 until the first build."),
            id="nothing-published",
        ),
        pytest.param(
            {"attempts": [attempt(2, result="failed", reason="disk full"), attempt(3)]},
            "Last build",
            ("bad", "failed", "2 min ago, once. disk full"),
            id="a-failed-build",
        ),
        pytest.param(
            {"attempts": [attempt(n, result="failed", reason="disk full") for n in (2, 3)]},
            "Last build",
            ("bad", "failed", "2 min ago, 2 times in a row. disk full"),
            id="failed-builds",
        ),
        pytest.param(
            {"attempts": [attempt(2, result="published", changed=5, snapshot=7)]},
            "Last build",
            ("good", "went well", "2 min ago, it published 5 documents of 12 entries in 50 ms."),
            id="a-publish",
        ),
        pytest.param(
            {"attempts": [attempt(2, result="yielded")]},
            "Last build",
            ("good", "went well", "2 min ago, another builder was first."),
            id="another-builder",
        ),
        pytest.param(
            {"attempts": []},
            "Last build",
            ("look", "unknown", "No build has been noted in this store yet."),
            id="never-built",
        ),
        pytest.param(
            {"attempts": [attempt(due=NOW - timedelta(minutes=3))]},
            "Builder",
            ("bad", "silent", "press-1:7 is 3 min late. Is it running?"),
            id="a-silent-builder",
        ),
        pytest.param(
            {"attempts": [attempt(due=NOW - timedelta(minutes=3), seconds=60)]},
            "Builder",
            ("good", "alive", "press-1:7 builds again 3 min ago."),
            id="long-builds-may-be-late",
        ),
        pytest.param(
            {"attempts": [attempt(1, due=None)]},
            "Builder",
            ("look", "none running", "Nothing watches for edits and embargoes."),
            id="built-by-hand",
        ),
        pytest.param(
            {"problems": [WRONG, WARNING]},
            "Problems",
            ("bad", "2", "1 hold something back, 1 are warnings."),
            id="problems",
        ),
        pytest.param(
            {"problems": [WARNING]},
            "Problems",
            ("look", "1", "0 hold something back, 1 are warnings."),
            id="warnings",
        ),
        pytest.param(
            {"servers": [server(), server("b", snapshot=6), server("c", 400, snapshot=1)]},
            "Servers",
            ("look", "1 of 3", "c: not heard of for a while. b: not at snapshot 7."),
            id="replicas-behind",
        ),
        pytest.param(
            {"servers": [server("b", 3 * 3600 - 29, snapshot=6)]},
            "Servers",
            ("look", "0 of 1", "b: not heard of for a while."),
            id="quiet-and-not-behind",
        ),
        pytest.param(
            {"hold": Hold("", 7, NOW - timedelta(hours=1))},
            "Published",
            (
                "look",
                "held",
                (
                    "Rolled back on Thu 01 Aug 2024, 13:00: snapshot 7 stays until the source "
                    "changes, or 'feedsvc rollback --resume'."
                ),
            ),
            id="a-rollback",
        ),
        pytest.param(
            {"letters": [letter(), letter(attempts=2, last_error="the webhook answered 500")]},
            "Notifications",
            ("look", "1 waiting", "webhook: the webhook answered 500"),
            id="people-who-could-not-be-told",
        ),
        pytest.param(
            {"hubs": [hub(last_success=None, last_failure=NOW)]},
            "Hubs",
            ("look", "failing", "https://hub.example/ did not take the last ping."),
            id="a-failing-hub",
        ),
    ],
)
def test_what_is_not_well(facts, name, sign):
    health, found = signs(**facts)
    assert found[name] == sign
    assert (health.level == "good") == (sign[0] == "good")


# --- what is coming ---


def test_what_is_coming_is_told_soonest_first():
    entries = [
        entry("past"),
        entry("draft", "2024-08-02 09:00", draft=True),
        entry("embargoed", "2024-08-05 07:00", expires=instant("2024-08-09 00:00")),
        entry("ending", expires=instant("2024-08-03 00:00")),
        entry("never-shown", "2024-08-05 07:00", expires=instant("2024-08-04 00:00")),
    ]
    assert [(c.id, c.what) for c in coming(reversed(entries), NOW)] == [
        ("ending", "expires"),
        ("embargoed", "appears"),
        ("never-shown", "appears"),
        ("embargoed", "expires"),
    ]
    assert len(coming(entries, NOW, 2)) == 2


# --- the journal ---


@pytest.fixture
def store(tmp_path):
    made = Store(locate("sqlite:///var/feedsvc.db", tmp_path))
    made.create()
    yield made
    made.close()


def test_attempts_are_kept_newest_first_and_bounded(store):
    for number in range(KEPT_ATTEMPTS + 3):
        store.journal.note(attempt(entries=number))
    found = store.journal.attempts()
    assert len(found) == KEPT_ATTEMPTS
    assert found[0] == attempt(entries=KEPT_ATTEMPTS + 2, number=KEPT_ATTEMPTS + 3)
    assert [a.entries for a in store.journal.attempts(2)] == [202, 201]


def test_servers_speak_and_are_forgotten(store):
    store.journal.heard(server("old", 8 * 86400))
    store.journal.heard(server(snapshot=6))
    store.journal.heard(server())
    assert store.journal.servers() == [server()]
