"""Entries whose standing changes with time, for Hypothesis."""

from datetime import timedelta

from hypothesis import strategies as st

from feedsvc.model import Withdrawal
from tests.factory import entry, instant

NOW = instant("2024-08-01 12:00")
DAYS = st.integers(-5, 5).map(lambda days: NOW + timedelta(days=days))
ENTRY = st.builds(
    lambda n, **facts: entry(f"e{n}", **facts),
    st.integers(0, 20),
    published=DAYS,
    title=st.sampled_from(["T", "U"]),
    section=st.sampled_from(["news", "speeches", "retired"]),
    also=st.sampled_from([(), ("news",), ("speeches", "unknown")]),
    expires=st.none() | DAYS,
    withdrawn=st.none() | DAYS.map(Withdrawal),
    draft=st.booleans(),
    link=st.sampled_from([None, None, "https://elsewhere.example/x"]),
)
ENTRIES = st.lists(ENTRY, max_size=12, unique_by=lambda e: e.id)
