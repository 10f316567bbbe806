"""What a listener loads, and when: its workers start with all of it."""

import os
import subprocess
import sys

from tests.sitedir import SiteDir

LISTENER = """
import gc, sys
from feedsvc.web import server
server._preload("feedsvc.web.public")
print(gc.get_freeze_count() > 10_000, gc.isenabled(), "sqlalchemy" in sys.modules)
"""
#: What none of our processes needs, and what takes long to load.
OTHERS = {"rich", "psycopg", "sqlalchemy.dialects.postgresql", "yaml", "lxml", "apscheduler"}
LOADED = f"print(sorted({OTHERS!r} & sys.modules.keys()))"


def told(code, **env):
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=os.environ | env, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.splitlines()


def test_workers_find_all_loaded_and_never_look_through_it_for_garbage():
    assert told(LISTENER + LOADED) == ["True True True", "[]"]


def test_a_worker_that_is_started_anew_loads_nothing_more(tmp_path):
    code = LISTENER + (
        "known = set(sys.modules)\n"
        "app = server._application('feedsvc.web.public')\n"
        "print(sorted(name for name in sys.modules.keys() - known if 'feedsvc' in name))\n"
    )
    assert told(code, FEEDSVC_STORE=f"sqlite:///{tmp_path}/none.db")[-1] == "[]"


def test_serve_loads_no_postgresql_where_the_store_is_a_file(tmp_path):
    site = SiteDir(tmp_path)
    code = (
        "import sys; from feedsvc.cli.serve import _stores; from pathlib import Path\n"
        f"_stores(Path({str(site.root)!r}))\n"
        "print(sorted({'psycopg', 'sqlalchemy.dialects.postgresql'} & sys.modules.keys()))"
    )
    assert told(code)[-1] == "[]"
