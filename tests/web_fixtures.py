"""Stores and workers for the tests of the public listener."""

from datetime import timedelta

import pytest

from feedsvc.store import Store
from feedsvc.web.public import wsgi
from tests.web_samples import (
    HOUR_LATER,
    NEW,
    NOW,
    Clock,
    publish,
    sample_store,
)


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    made = Store(f"sqlite:///{tmp_path}/store.db")
    made.create()
    yield made
    made.close()


@pytest.fixture
def clock():
    return Clock(HOUR_LATER)


@pytest.fixture
def site(tmp_path):
    """A store with the sample site in it, to be changed."""
    made = sample_store(tmp_path / "site.db")
    yield made
    made.close()


@pytest.fixture
def worker(site, clock):
    """A worker of that store."""
    return wsgi(site, clock, interval=None)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A worker of the sample site that nobody changes."""
    store = sample_store(tmp_path_factory.mktemp("app") / "site.db")
    yield wsgi(store, Clock(HOUR_LATER), interval=None)
    store.close()


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """The same, after the feed got one more entry."""
    store = sample_store(tmp_path_factory.mktemp("changed") / "site.db")
    publish(store, NEW, at=NOW + timedelta(minutes=10))
    yield wsgi(store, Clock(HOUR_LATER), interval=None)
    store.close()


@pytest.fixture
def said(capsys, caplog):
    """Gives what was logged: structlog prints, unless a test before has configured it to log."""
    return lambda: capsys.readouterr().out or caplog.text
