import type { Place, Recipe } from "./types";

const QUESTION = "How far is the moon?";

const init = ({ origin, apiKey }: Place) => `tokenboard.init(
    api_key="${apiKey}",
    base_url="${origin}",
)`;

/** A client of the vendor's own, wrapped: the two lines, and a call to try them. */
function wrapped(
  value: string,
  label: string,
  pack: string,
  [imports, made, call]: [string, string, string],
): Recipe {
  return {
    value,
    label,
    install: `pip install tokenboard ${pack}`,
    code: (place) => `import tokenboard
${imports}

${init(place)}
client = tokenboard.wrap(${made})

${call}`,
  };
}

/** A framework that makes its clients itself, and tells a callback of every call. */
function calledBack(value: string, label: string, pack: string, [imports, call]: [string, string]): Recipe {
  return {
    value,
    label,
    install: `pip install tokenboard ${pack}`,
    code: (place) => `import tokenboard
${imports}
from tokenboard.${value} import Callback

${init(place)}
${call}`,
  };
}

export const PYTHON: readonly Recipe[] = [
  wrapped("openai", "OpenAI", "openai", [
    "from openai import OpenAI",
    "OpenAI()",
    `answer = client.responses.create(model="gpt-5.4-mini", input="${QUESTION}")
print(answer.output_text)`,
  ]),
  wrapped("anthropic", "Anthropic", "anthropic", [
    "from anthropic import Anthropic",
    "Anthropic()",
    `answer = client.messages.create(
    model="claude-haiku-4-5",
    max_tokens=200,
    messages=[{"role": "user", "content": "${QUESTION}"}],
)
print(answer.content[0].text)`,
  ]),
  wrapped("google", "Google", "google-genai", [
    "from google import genai",
    "genai.Client()",
    `answer = client.models.generate_content(model="gemini-2.5-flash", contents="${QUESTION}")
print(answer.text)`,
  ]),
  wrapped("mistral", "Mistral", "mistralai", [
    `import os
from mistralai.client import Mistral`,
    `Mistral(api_key=os.environ["MISTRAL_API_KEY"])`,
    `answer = client.chat.complete(
    model="mistral-small-latest",
    messages=[{"role": "user", "content": "${QUESTION}"}],
)
print(answer.choices[0].message.content)`,
  ]),
  wrapped("cohere", "Cohere", "cohere", [
    "import cohere",
    "cohere.ClientV2()",
    `answer = client.chat(
    model="command-a-03-2025",
    messages=[{"role": "user", "content": "${QUESTION}"}],
)
print(answer.message.content[0].text)`,
  ]),
  wrapped("bedrock", "Bedrock", "boto3", [
    "import boto3",
    `boto3.client("bedrock-runtime")`,
    `answer = client.converse(
    modelId="us.anthropic.claude-haiku-4-5-20251001-v1:0",
    messages=[{"role": "user", "content": [{"text": "${QUESTION}"}]}],
)
print(answer["output"]["message"]["content"][0]["text"])`,
  ]),
  calledBack("litellm", "LiteLLM", "litellm", [
    "import litellm",
    `litellm.callbacks = [Callback()]

answer = litellm.completion(
    model="openai/gpt-5.4-mini",
    messages=[{"role": "user", "content": "${QUESTION}"}],
)
print(answer.choices[0].message.content)`,
  ]),
  calledBack("langchain", "LangChain", "langchain-openai", [
    "from langchain_openai import ChatOpenAI",
    `model = ChatOpenAI(model="gpt-5.4-mini", callbacks=[Callback()])

print(model.invoke("${QUESTION}").content)`,
  ]),
];
