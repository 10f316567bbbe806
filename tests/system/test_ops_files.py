"""The files in config/ for those who operate it, checked by the programs that will read them."""

import json
import re
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from tests.system.servers import REPOSITORY, clean_environment, require
from tests.system.test_processes import children

pytestmark = pytest.mark.system

CONFIG = REPOSITORY / "config"
METRIC = re.compile(r"\bfeedsvc_\w+")


def promtool(*arguments):
    done = subprocess.run(
        [require("promtool"), *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dashboard():
    return json.loads((CONFIG / "grafana-dashboard.json").read_text(encoding="utf-8"))


def expressions(board):
    """Every PromQL expression of a dashboard, its variables replaced as Grafana would."""
    written = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    written += [one["expr"] for one in board["annotations"]["list"]]
    return [e.replace("$__rate_interval", "5m").replace("$instance", ".*") for e in written]


def test_alerts_are_what_prometheus_reads():
    assert "SUCCESS: 11 rules found" in promtool("check", "rules", CONFIG / "prometheus-alerts.yml")


def test_alerts_fire_when_they_should_and_not_before():
    promtool("test", "rules", REPOSITORY / "tests/data/prometheus-alerts.test.yml")


def test_every_alert_is_tried():
    rules = yaml.safe_load((CONFIG / "prometheus-alerts.yml").read_text(encoding="utf-8"))
    tried = yaml.safe_load(
        (REPOSITORY / "tests/data/prometheus-alerts.test.yml").read_text("utf-8")
    )
    names = {rule["alert"] for group in rules["groups"] for rule in group["rules"]}
    assert names == {one["alertname"] for test in tried["tests"] for one in test["alert_rule_test"]}


def test_the_dashboard_is_one_that_grafana_reads(dashboard):
    assert dashboard["schemaVersion"] >= 39  # Grafana 11
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        assert 0 <= place["x"] < place["x"] + place["w"] <= 24
    for one, other in combinations([panel["gridPos"] for panel in dashboard["panels"]], 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
    known = {variable["name"] for variable in dashboard["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard)))
    assert used <= known | {"__rate_interval", "__all"}


def test_the_dashboards_expressions_are_promql(dashboard, tmp_path):
    found = expressions(dashboard)
    assert len(found) > 25
    rules = [{"record": f"panel:{n}", "expr": expression} for n, expression in enumerate(found)]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    assert f"SUCCESS: {len(found)} rules found" in promtool("check", "rules", file)


def test_every_metric_that_is_named_exists_and_none_is_forgotten(server, dashboard):
    """A server that has answered something of each sort."""
    server.site.configure(lambda site: site.update(hubs=["http://127.0.0.1:9/"]))
    server.site.write("news/later.yaml", "id: later\npublished: 2099-01-01\ntitle: Later\n")
    etag = server.get("/news/atom.xml").etag
    server.get("/news/atom.xml", If_None_Match=etag, User_Agent="Feedly (5 subscribers)")
    server.program.wait_until(lambda: all(name in server.metrics() for name in LATE))
    scraped = re.findall(r"^# TYPE (\w+) (\w+)", server.metrics(), re.MULTILINE)
    given = {name for name, _ in scraped if name.startswith("feedsvc_")}
    alerts = (CONFIG / "prometheus-alerts.yml").read_text(encoding="utf-8")
    named = set(METRIC.findall(alerts)) | set(METRIC.findall(" ".join(expressions(dashboard))))
    assert named - given == set()
    assert given - named == {
        "feedsvc_info",
        "feedsvc_build_timestamp_seconds",
        "feedsvc_build_due_timestamp_seconds",
    }


#: What is there only after a publish with hubs, a look at the counts, a request.
LATE = (
    "feedsvc_hub_failing{",
    "feedsvc_server_snapshot{",
    "feedsvc_subscribers{",
    "feedsvc_saved_bytes_total{",
    "feedsvc_next_change",
)


# --- systemd ---

UNITS = ("feedsvc.service", "feedsvc-export.service", "feedsvc-export.timer")
SERVICES = UNITS[:2]


@pytest.fixture
def units(tmp_path):
    """The units as on a machine that has feedsvc where they say: verify looks for the program."""
    program = tmp_path / "feedsvc"
    program.symlink_to(shutil.which("true"))
    for name in UNITS:
        text = (CONFIG / "systemd" / name).read_text(encoding="utf-8")
        moved = text.replace("/opt/feedsvc/bin/feedsvc", str(program))
        (tmp_path / name).write_text(moved, encoding="utf-8")
    return [tmp_path / name for name in UNITS]


def analyze(*arguments):
    return subprocess.run(
        [require("systemd-analyze"), *arguments], capture_output=True, text=True, check=False
    )


def test_units_are_what_systemd_reads(units):
    done = analyze("verify", "--man=no", *units)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_units_are_exposed_to_little(units, name):
    """At most 2.0 of 10: what is left is the network, which is its purpose."""
    done = analyze(
        "security", "--offline=true", "--threshold=20", "--no-pager", units[UNITS.index(name)]
    )
    assert done.returncode == 0, done.stdout[-400:]


def test_the_timer_means_every_five_minutes():
    text = (CONFIG / "systemd" / "feedsvc-export.timer").read_text(encoding="utf-8")
    when = re.search(r"OnCalendar=(.*)", text)[1]
    assert "Normalized form: *-*-* *:00/5:00" in analyze("calendar", when).stdout


@pytest.mark.parametrize("name", SERVICES)
def test_units_start_commands_that_there_are(name):
    text = (CONFIG / "systemd" / name).read_text(encoding="utf-8")
    words = re.search(r"^ExecStart=/opt/feedsvc/bin/feedsvc (.*)$", text, re.MULTILINE)[1].split()
    command = [sys.executable, "-m", "feedsvc", words[0], "--help"]
    shown = subprocess.run(
        command, capture_output=True, text=True, check=True, env=clean_environment()
    ).stdout
    for option in (word for word in words if word.startswith("--")):
        assert option in shown


def test_memory_that_may_be_written_is_never_run(server):
    """So that MemoryDenyWriteExecute takes nothing from the processes that the unit starts."""
    for pid in children(server.program.process.pid):
        assert not re.search(r" rwx", Path(f"/proc/{pid}/maps").read_text(encoding="utf-8"))
