"""What every test shares."""

import os

import pytest
from hypothesis import settings

from feedsvc.store import Store
from tests.postgres import postgres as running_postgres
from tests.system.servers import free_port

# No deadlines: machines differ, and speed is the benches' business.
# CI looks twice as hard as a person waits for; `make fuzz` as hard as it says.
_EXAMPLES = int(os.environ.get("FEEDSVC_FUZZ") or (100 if os.environ.get("CI") else 50))
settings.register_profile("feedsvc", deadline=None, max_examples=_EXAMPLES)
settings.load_profile("feedsvc")


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL server, one for all tests of a process."""
    with running_postgres(free_port()) as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.system)])
def store_url(request, tmp_path):
    """The URL of an empty store: the contract holds for each database."""
    if request.param == "sqlite":
        (tmp_path / "var").mkdir(exist_ok=True)
        return f"sqlite:///{tmp_path}/var/feedsvc.db"
    return request.getfixturevalue("postgres").schema()


@pytest.fixture
def copy(tmp_path):
    """A replica's own store, empty."""
    made = Store(f"sqlite:///{tmp_path}/copy.db")
    made.create()
    yield made
    made.close()
