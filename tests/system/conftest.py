"""What the system tests share: the sample site, copied, and a server that serves the copy."""

from __future__ import annotations

import pytest

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
