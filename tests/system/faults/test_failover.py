"""PostgreSQL fails over: the server is killed for good, and its standby takes its place."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from feedsvc.store import Store
from tests.postgres import Postgres, as_postgres, binaries, own_folder
from tests.postgres import postgres as running_postgres
from tests.system.faults.newsroom import FILE, generation, reading, small_site
from tests.system.servers import free_port, running, serving, wait_for

pytestmark = pytest.mark.system


@contextmanager
def standby(primary):
    """A server that has each commit of the other one before whoever made it hears of it."""
    server = Postgres(own_folder(), free_port())
    where = ["--host=127.0.0.1", f"--port={primary.port}", "--username=postgres"]
    how = ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
    copy = [*as_postgres(), str(binaries() / "pg_basebackup"), *where, *how, "--pgdata=data"]
    try:
        subprocess.run(copy, check=True, capture_output=True, cwd=server.folder)
        server.start()
        primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        primary.ask("SELECT pg_reload_conf()")
        yield server
    finally:
        server.stop(signal.SIGQUIT)
        shutil.rmtree(server.folder, ignore_errors=True)


def test_a_standby_takes_over_and_nothing_that_was_committed_is_lost(tmp_path):
    site, replica = small_site(tmp_path / "site"), small_site(tmp_path / "replica")
    build = [sys.executable, "-m", "feedsvc", "build", "--watch", "--site", site.root]
    with (
        running_postgres(free_port(), synchronous_commit="on") as primary,
        standby(primary) as second,
    ):
        ports = f"{primary.port},{second.port}"
        url = f"postgresql://postgres@/postgres?host=127.0.0.1,127.0.0.1&port={ports}"
        env = {"FEEDSVC_STORE": f"{url}&target_session_attrs=read-write"}
        with (
            running(build, tmp_path / "builder.log", **env) as builder,
            serving(replica, "--no-build", **env) as server,
            reading(server.url) as reader,
        ):
            site.write(FILE, generation(1))
            wait_for("the edit", lambda: reader.newest == 1)
            with closing(Store(primary.url())) as store:
                committed = store.history(99)
            primary.stop(signal.SIGKILL)
            site.write(FILE, generation(2))
            second.ask("SELECT pg_promote()")
            wait_for("the edit", lambda: reader.newest == 2, 40)
            site.write(FILE, generation(3))
            wait_for("the edit", lambda: reader.newest == 3)
            assert reader.missed == 0
            assert "Traceback" not in builder.output() + server.program.output()
        with closing(Store(second.url())) as store:
            history = store.history(99)
    assert history[-len(committed) :] == committed
    assert [found.id for found in history] == list(range(len(history), 0, -1))
