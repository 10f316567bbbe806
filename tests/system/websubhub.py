"""A WebSub hub as a program: Flask-WebSub, with its Celery tasks run by threads of this process.

``python websubhub.py PORT FOLDER`` serves http://127.0.0.1:PORT/hub; subscriptions lie in FOLDER.
"""

from __future__ import annotations

import sys
from pathlib import Path

from celery import Celery
from celery.contrib.testing.worker import start_worker
from flask import Flask
from flask_websub.hub import Hub, SQLite3HubStorage


def serve(port: int, folder: Path) -> None:
    tasks = Celery("hub", broker="memory://")
    tasks.conf.update(task_ignore_result=True, worker_hijack_root_logger=False)
    app = Flask("hub")
    app.config["PUBLISH_SUPPORTED"] = True
    hub = Hub(SQLite3HubStorage(str(folder / "hub.db")), tasks, BACKOFF_BASE=0.1)
    app.register_blueprint(hub.build_blueprint("/hub"))
    with start_worker(tasks, pool="threads", concurrency=4, perform_ping_check=False):
        app.run("127.0.0.1", port, threaded=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
