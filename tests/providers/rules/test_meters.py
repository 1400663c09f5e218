"""Models in the names of meters: told where they are told exactly, and never guessed."""

import pytest

from app.providers.rules.meters import azure_model, bedrock_model, gemini_model


@pytest.mark.parametrize(
    ("meter", "model"),
    [
        ("gpt-4o-0513 Inp glbl Tokens", "gpt-4o-2024-05-13"),
        ("gpt 4o 1120 cached Inp glbl", "gpt-4o-2024-11-20"),
        ("gpt-4o 1120 Inp Data Zone Tokens", "gpt-4o-2024-11-20"),
        ("gpt 4o mini 0718 Outp regnl Tokens", "gpt-4o-mini-2024-07-18"),
        ("o4-mini 0416 Inp glbl Tokens", "o4-mini-2025-04-16"),
        ("gpt 4.1 mini Inp glbl Tokens", "gpt-4.1-mini"),
        ("GPT 5 Mini outpt Glbl 1M Tokens", "gpt-5-mini"),
        ("gpt-4o", "gpt-4o"),
        ("text-embedding-3-large glbl Tokens", "text-embedding-3-large"),
        ("gpt 4o 0101 Inp glbl Tokens", None),  # a day whose year is not known
        ("gpt-4o-aud-1217 Inp glbl", None),  # the audio model
        ("gpt-4.1-dev-ft Inp glbl Tokens", None),  # a tuned one
        ("5.4 inp Gl 1M", None),  # a version of what?
        ("Provisioned Managed Global Unit", None),
        ("", None),
        (None, None),
    ],
)
def test_azure_meters(meter: str | None, model: str | None) -> None:
    assert azure_model(meter) == model


@pytest.mark.parametrize(
    ("service", "usage_type", "model"),
    [
        ("Claude 3.5 Sonnet (Amazon Bedrock Edition)", "USE1-MP:USE1_InputTokenCount-Units", "Claude 3.5 Sonnet"),
        ("Claude (Amazon Bedrock Edition)", "USE1-MP:USE1_InputTokenCount-Units", None),  # a family
        ("Amazon Bedrock", "USE1-NovaPro-input-tokens", "NovaPro"),
        ("Amazon Bedrock", "NovaPro-output-tokens", "NovaPro"),
        ("Amazon Bedrock", "EU-NovaLite-cache-read-input-token-count", "NovaLite"),
        ("Amazon Bedrock", "APN1-NovaPro-input-tokens-batch", "NovaPro"),
        ("Amazon Bedrock", "USE1-TitanEmbeddingG1-Text-input-tokens", "TitanEmbeddingG1-Text"),
        ("Amazon Bedrock", "USW2-Claude4.6Opus-output-tokens-cross-region-global", "Claude4.6Opus"),
        ("Amazon Bedrock", "APN1-xai.grok-4.6-mantle-input-tokens-standard", "xai.grok-4.6"),
        ("Amazon Bedrock", "USE1-NovaPro-input-tokens-custom-model", None),  # a tuned one
        ("Amazon Bedrock", "USE1-Guardrail-ContentPolicyUnitsConsumed", None),
        ("Amazon Bedrock AgentCore", "Runtime:Consumption-based:Memory", None),
        (None, None, None),
    ],
)
def test_bedrock_services_and_usage_types(service: str | None, usage_type: str | None, model: str | None) -> None:
    assert bedrock_model(service, usage_type) == model


@pytest.mark.parametrize(
    ("sku", "model"),
    [
        ("Gemini 2.5 Flash GA Text Input - Predictions", "gemini-2.5-flash"),
        ("Gemini 2.5 Flash GA Thinking Text Output - Predictions", "gemini-2.5-flash"),
        ("Gemini 2.5 Flash Lite Text Input - Predictions (Batch)", "gemini-2.5-flash-lite"),
        ("Gemini 2.0 Flash-Lite Input Text Caching Storage", "gemini-2.0-flash-lite"),
        ("Generate content input token count gemini 2.5 pro short input text", "gemini-2.5-pro"),
        ("Generate_content text output token count for gemini 2.0 flash", "gemini-2.0-flash"),
        ("Gemini 2.5 Flash Image Input - Predictions", None),  # the image model, or an image to the other one
        ("Gemini 2.5 Flash Native Audio Live API Output", None),
        ("Gemini 2.5 Flash Preview TTS Text Input", None),
        ("Vertex AI: Provisioned Throughput 1 month", None),
        (None, None),
    ],
)
def test_google_skus(sku: str | None, model: str | None) -> None:
    assert gemini_model(sku) == model
