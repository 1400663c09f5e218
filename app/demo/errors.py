"""Why there can be no demo."""


class OtherDemo(Exception):
    """What stands in the demo's place is not the demo, or another one; the message says what to do."""
