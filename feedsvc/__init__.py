"""feedsvc: a newsroom's YAML folder in, feeds and pages with exemplary HTTP caching out."""

__version__ = "0.1.0"
