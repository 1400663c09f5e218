"""These run where the frameworks are installed, and leave themselves out where they are not."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("litellm") else ["test_*.py"]
