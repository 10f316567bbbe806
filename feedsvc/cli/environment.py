"""The environment variables that no option has, with their meaning.

In: nothing. Out: words for ``--help`` and the reference. Every option has one besides, by name.
"""

from __future__ import annotations

from typing import Final

VARIABLES: Final = {
    "FEEDSVC_STORE": "the store, in place of `store` in the config",
    "FEEDSVC_BASE_URL": "the public address, in place of `base_url` in the config",
    "FEEDSVC_SMTP_PASSWORD": "the password of the mail account that `notify` names",
    "FEEDSVC_ALLOW_PRIVATE_HUBS": "not empty: `hubs` may be within this network",
    "FEEDSVC_SERVE_ADMIN_TOKEN": "the token that the admin listener demands",
    "VISUAL, EDITOR": "the editor that `feedsvc new --edit` opens; the first counts",
    "NO_COLOR, FORCE_COLOR": "not empty: no colours; colours also where there is no terminal",
}

EPILOG: Final = (
    "Every option has an environment variable too, `FEEDSVC_COMMAND_OPTION`; these have no option: "
    + ", ".join(f"`{name}`" for names in VARIABLES for name in names.split(", "))
    + "."
)
