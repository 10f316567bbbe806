"""People are told by the real command, also where builds are started by a timer."""

import subprocess
import sys

import pytest

from tests.mailroom import account, mail_server, webhook
from tests.sitedir import CONFIG, SiteDir
from tests.system.servers import clean_environment

pytestmark = pytest.mark.system

GOOD = "id: a, published: 2024-07-01, title: Alpha"
BAD = "id: b, published: 2024-13-01, title: Beta"


def test_each_build_tells_what_is_new_and_what_is_over(tmp_path):
    site = SiteDir(tmp_path)
    command = [sys.executable, "-m", "feedsvc", "build", "--site", tmp_path]
    with webhook() as hook, mail_server() as (postbox, port):
        mail = account(port)
        people = f"to: [{', '.join(mail.to)}], from: {mail.sender}, smtp: 'localhost:{port}'"
        site.config(
            f"{CONFIG}notify: {{webhook: '{hook.url}', allow_private: true, email: {{{people}}}}}\n"
        )
        for entries in ((BAD,), (BAD, GOOD), (GOOD,)):
            site.entries("feeds/news/2024.yaml", *entries)
            done = subprocess.run(
                command, env=clean_environment(), capture_output=True, text=True, check=False
            )
            assert "s3cret" not in done.stdout + done.stderr
    told = [(len(body["new"]), len(body["resolved"])) for _, _, body in hook.posts]
    assert told == [(1, 0), (0, 1)]
    assert [message["Subject"] for _, message, _ in postbox.letters] == [
        "Office of Tides: 1 problem needs a person",
        "Office of Tides: 1 problem solved",
    ]
    site.store.close()
