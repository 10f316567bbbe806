"""What every test shares."""

import os

from hypothesis import settings

# No deadlines: machines differ, and speed is the benches' business.
# CI looks twice as hard as a person waits for.
settings.register_profile(
    "feedsvc", deadline=None, max_examples=100 if os.environ.get("CI") else 50
)
settings.load_profile("feedsvc")
