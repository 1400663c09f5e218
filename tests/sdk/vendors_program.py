"""A program that asks every vendor once through its own client, tracked. Run by the Python of the SDK's tests.

The vendors are the stand-in (its address is the argument). Settings come from `TOKENBOARD_*`.
"""

import json
import sys
from typing import Any

import anthropic
import boto3
import cohere
import groq
import together
import tokenboard
from google import genai  # type: ignore[attr-defined]
from google.oauth2.credentials import Credentials
from mistralai.client import Mistral

from sdk.standin.cases import load

ASKED: dict[str, Any] = {case.name: case.request for case in load()}
LIMIT = 400
MESSAGES: Any = [{"role": "user", "content": "How far is the moon?"}]
KEY = "secret"


def ask_anthropic(at: str) -> None:
    client: Any = tokenboard.wrap(anthropic.Anthropic(api_key=KEY, base_url=f"{at}/anthropic"))
    client.messages.create(model="claude-sonnet-5-5", max_tokens=LIMIT, messages=MESSAGES)
    with client.messages.stream(model="claude-sonnet-5-5", max_tokens=LIMIT, messages=MESSAGES) as stream:
        stream.until_done()
    list(client.messages.batches.results("msgbatch_01"))
    keys: Any = {"aws_access_key": "A", "aws_secret_key": "s", "aws_region": "us-east-1"}
    bedrock: Any = tokenboard.wrap(anthropic.AnthropicBedrock(base_url=f"{at}/bedrock", **keys))
    bedrock.messages.create(model=ASKED["bedrock/invoke_claude"]["model"], max_tokens=LIMIT, messages=MESSAGES)
    who: Any = {"region": "global", "project_id": "p", "access_token": "t"}
    vertex: Any = tokenboard.wrap(anthropic.AnthropicVertex(base_url=f"{at}/vertex/v1", **who))
    vertex.messages.create(model="claude-sonnet-5-5", max_tokens=LIMIT, messages=MESSAGES)


def ask_google(at: str) -> None:
    client: Any = tokenboard.wrap(genai.Client(api_key=KEY, http_options={"base_url": f"{at}/google"}))
    client.models.generate_content(model="gemini-2.5-flash", contents="How far?")
    list(client.models.generate_content_stream(model="gemini-2.5-flash", contents="How far?"))
    who: Any = {"credentials": Credentials(token="t"), "project": "p", "location": "global"}
    vertex: Any = tokenboard.wrap(genai.Client(vertexai=True, http_options={"base_url": f"{at}/vertex"}, **who))
    vertex.models.generate_content(model="gemini-2.5-flash", contents="How far?")


def ask_others(at: str) -> None:
    mistral: Any = tokenboard.wrap(Mistral(api_key=KEY, server_url=f"{at}/mistral"))
    mistral.chat.complete(**ASKED["mistral/chat"]["body"])
    cohere_: Any = tokenboard.wrap(cohere.ClientV2(api_key=KEY, base_url=f"{at}/cohere"))
    cohere_.chat(model="command-a-03-2025", messages=MESSAGES)
    cohere_.rerank(model="rerank-v3.5", query="moon", documents=["sun", "moon"])
    for vendor, kind in (("groq", groq.Groq), ("together", together.Together)):
        client: Any = tokenboard.wrap(kind(api_key=KEY, base_url=f"{at}/{vendor}"))
        client.chat.completions.create(**ASKED[f"{vendor}/chat"]["body"])


def ask_bedrock(at: str) -> None:
    keys: Any = {"aws_access_key_id": "A", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    client = tokenboard.wrap(boto3.client("bedrock-runtime", endpoint_url=f"{at}/bedrock", **keys))
    nova, claude = ASKED["bedrock/converse"], ASKED["bedrock/invoke_claude"]
    client.converse(modelId=nova["model"], **nova["body"])
    list(client.converse_stream(modelId=nova["model"], **nova["body"])["stream"])
    client.invoke_model(modelId=claude["model"], body=json.dumps(claude["body"]))["body"].read()


def main() -> None:
    at = sys.argv[1]
    for ask in (ask_anthropic, ask_google, ask_others, ask_bedrock):
        with tokenboard.context(user="c_42", asked=ask.__name__):
            ask(at)
    tokenboard.flush(30)
    assert tokenboard.dropped() == {}, tokenboard.dropped()


if __name__ == "__main__":
    main()
