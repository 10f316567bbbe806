"""``python -m feedsvc`` is ``feedsvc``."""

from feedsvc.cli import main

if __name__ == "__main__":
    main(prog_name="feedsvc")
