"""These run where the frameworks are installed, and leave themselves out where they are not."""

import os
import warnings
from importlib import import_module
from importlib.util import find_spec

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network when it is imported

FOUND_BY = {"test_litellm.py": "litellm", "test_langchain.py": "langchain_core", "test_servers.py": "uvicorn"}
collect_ignore = [file for file, package in FOUND_BY.items() if find_spec(package) is None]
if find_spec("litellm"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # older releases warn while they are imported
        import_module("litellm")
