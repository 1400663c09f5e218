import type { Place, Recipe } from "./types";

const QUESTION = "How far is the moon?";

const init = ({ origin, apiKey }: Place) => `tokenboard.init({
  apiKey: "${apiKey}",
  baseUrl: "${origin}",
});`;

function program(value: string, label: string, packs: string, [imports, rest]: [string, string]): Recipe {
  return {
    value,
    label,
    install: `npm install @tokenboard/sdk ${packs}`,
    code: (place) => `import * as tokenboard from "@tokenboard/sdk";
${imports}

${init(place)}
${rest}`,
  };
}

export const TYPESCRIPT: readonly Recipe[] = [
  program("openai", "OpenAI", "openai", [
    `import OpenAI from "openai";`,
    `const client = tokenboard.wrap(new OpenAI());

const answer = await client.responses.create({ model: "gpt-5.4-mini", input: "${QUESTION}" });
console.log(answer.output_text);`,
  ]),
  program("anthropic", "Anthropic", "@anthropic-ai/sdk", [
    `import Anthropic from "@anthropic-ai/sdk";`,
    `const client = tokenboard.wrap(new Anthropic());

const answer = await client.messages.create({
  model: "claude-haiku-4-5",
  max_tokens: 200,
  messages: [{ role: "user", content: "${QUESTION}" }],
});
console.log(answer.content);`,
  ]),
  program("google", "Google", "@google/genai", [
    `import { GoogleGenAI } from "@google/genai";`,
    `const client = tokenboard.wrap(new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY }));

const answer = await client.models.generateContent({
  model: "gemini-2.5-flash",
  contents: "${QUESTION}",
});
console.log(answer.text);`,
  ]),
  program("mistral", "Mistral", "@mistralai/mistralai", [
    `import { Mistral } from "@mistralai/mistralai";`,
    `const client = tokenboard.wrap(new Mistral({ apiKey: process.env.MISTRAL_API_KEY }));

const answer = await client.chat.complete({
  model: "mistral-small-latest",
  messages: [{ role: "user", content: "${QUESTION}" }],
});
console.log(answer.choices[0].message.content);`,
  ]),
  program("cohere", "Cohere", "cohere-ai", [
    `import { CohereClientV2 } from "cohere-ai";`,
    `const client = tokenboard.wrap(new CohereClientV2());

const answer = await client.chat({
  model: "command-a-03-2025",
  messages: [{ role: "user", content: "${QUESTION}" }],
});
console.log(answer.message.content);`,
  ]),
  program("bedrock", "Bedrock", "@aws-sdk/client-bedrock-runtime", [
    `import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";`,
    `const client = tokenboard.wrap(new BedrockRuntimeClient());

const answer = await client.send(
  new ConverseCommand({
    modelId: "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    messages: [{ role: "user", content: [{ text: "${QUESTION}" }] }],
  }),
);
console.log(answer.output?.message?.content);`,
  ]),
  program("vercel", "Vercel AI SDK", "ai @ai-sdk/openai", [
    `import { tokenboardMiddleware } from "@tokenboard/sdk/ai";
import { openai } from "@ai-sdk/openai";
import { generateText, wrapLanguageModel } from "ai";`,
    `const model = wrapLanguageModel({
  model: openai("gpt-5.4-mini"),
  middleware: tokenboardMiddleware(),
});

const { text } = await generateText({ model, prompt: "${QUESTION}" });
console.log(text);`,
  ]),
];
