"""What the system tests share: the sample site, copied, and servers that serve the copy."""

from __future__ import annotations

import pytest

from tests.system.publishing import publishing
from tests.system.servers import copy_sample_site, serving


@pytest.fixture
def site(tmp_path):
    """A copy of the sample site that a test may edit."""
    return copy_sample_site(tmp_path / "site")


@pytest.fixture
def server(site):
    """``feedsvc serve`` for that copy, ready; its base_url is its own address."""
    with serving(site) as running:
        yield running


@pytest.fixture
def published(site):
    """The copy, served at an address of which a tap remembers every request."""
    with publishing(site) as result:
        yield result
