"""The same jobs as the service's, from a terminal: `tokenboard COMMAND`.

Each command is a small file of its own and is imported only when it is asked for, so that
`--help` and `serve` do not wait for what they do not use.
"""

import signal


def main() -> None:
    """Run the command line."""
    # Ctrl-C while modules are still being read ends at once and says nothing; there is nothing to put away yet
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from app.cli import commands

    commands.main()
