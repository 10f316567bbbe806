"""What every test shares."""

from hypothesis import settings

# No deadlines: machines differ, and speed is the benches' business.
settings.register_profile("feedsvc", deadline=None)
settings.load_profile("feedsvc")
