"""`tokenboard` that loses its patience with a worker sooner than usual, and whose workers can be made to hang.

A test starts it with `ENDLESS` on the path of modules, from where every Python loads `sitecustomize` first.
"""

from typing import Final

from app.cli import crew, main

PATIENCE_SECONDS: Final = 8
ENDLESS: Final = """
import signal

def hang_in_an_endless_loop(*_):
    while True:
        pass

signal.signal(signal.SIGUSR2, hang_in_an_endless_loop)
"""

if __name__ == "__main__":
    crew.SILENT_LOOKS = PATIENCE_SECONDS  # type: ignore[misc]
    main()
