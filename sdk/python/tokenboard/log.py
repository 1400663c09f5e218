"""The one logger. It never says what was asked, answered or used as a key."""

import logging
from typing import Final

log: Final = logging.getLogger("tokenboard")
log.addHandler(logging.NullHandler())


def show_debug() -> None:
    """Print what the SDK does to stderr (`TOKENBOARD_DEBUG`); the program's own logging is not touched."""
    if not any(type(handler) is logging.StreamHandler for handler in log.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s tokenboard %(levelname)s %(message)s"))
        log.addHandler(handler)
    log.setLevel(logging.DEBUG)
