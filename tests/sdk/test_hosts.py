"""The addresses that the SDK knows are told by the names that the server and its price book have."""

import runpy
from typing import Any

import pytest

from app.pricing.rules.matching import canonical_provider
from scripts.sdk_python import SDK

HOSTS: dict[str, Any] = runpy.run_path(str(SDK / "tokenboard" / "wrap" / "hosts.py"))
NAMES = {*HOSTS["_HOSTS"].values(), *(name for _, name in HOSTS["_ENDINGS"]), "alibaba", "aws.bedrock"}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_providers_name_is_the_servers(name: str) -> None:
    assert canonical_provider(name) == name


def test_hosts_of_regions_and_resources_are_known() -> None:
    known = {
        "https://mine.openai.azure.com/openai": "azure",
        "https://eu.api.openai.com/v1": "openai",
        "https://us-central1-aiplatform.googleapis.com/v1": "vertex",
        "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1": "aws.bedrock",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1": "alibaba",
        "http://localhost:11434/v1": None,
    }
    assert {address: HOSTS["provider_of"](address) for address in known} == known
