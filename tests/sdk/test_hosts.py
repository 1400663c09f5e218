"""The addresses that the SDK knows are told by the names that the server and its price book have."""

import re
import runpy
from typing import Any

import pytest

from app.ingest.rules.otel import hosts as opentelemetry
from app.pricing.rules.matching import canonical_provider
from scripts.sdk_python import SDK
from scripts.sdk_typescript import SDK as TYPESCRIPT

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


def test_opentelemetry_and_both_sdks_name_a_host_alike() -> None:
    typescript = (TYPESCRIPT / "src" / "wrap" / "hosts.ts").read_text()
    hosts = dict(re.findall(r'^  "([^"]+)": "([^"]+)",$', typescript, re.MULTILINE))
    endings = tuple(re.findall(r'^  \["([^"]+)", "([^"]+)"\],$', typescript, re.MULTILINE))
    assert opentelemetry._HOSTS == HOSTS["_HOSTS"] == hosts
    assert opentelemetry._ENDINGS == HOSTS["_ENDINGS"] == endings
