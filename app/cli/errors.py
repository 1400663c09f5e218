"""What stops a command before it has done anything."""


class CannotDo(Exception):
    """The command was asked for something that cannot be done; the message says how to ask instead."""
