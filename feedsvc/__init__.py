"""feedsvc: a newsroom's YAML folder in, feeds and pages with exemplary HTTP caching out."""

import zoneinfo

__version__ = "0.1.0"

# Bytes must not depend on the machine: time zones come from the tzdata package alone.
zoneinfo.reset_tzpath(to=())
