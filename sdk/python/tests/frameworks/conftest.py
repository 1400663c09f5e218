"""These run where the frameworks are installed, and leave themselves out where they are not."""

import os
from importlib.util import find_spec

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network when it is imported

collect_ignore_glob = [] if find_spec("litellm") else ["test_*.py"]
