/** How a client of each kind is asked for what a fixture answers. */

import { expect } from "vitest";

import type { Kind } from "./clients.js";

export type Request = { body: any; form?: any; model?: string; include_usage?: boolean };
/** Asks a client of this kind; where no fixture has its name, for the answer of `fixture`, which is then told in these words. */
export type Driver = {
  kind: Kind;
  ask: (client: any, request: Request, sdk: any) => unknown;
  fixture?: string;
  event?: Record<string, unknown>;
};

async function collected(
  stream: AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>,
): Promise<unknown[]> {
  const chunks = [];
  for await (const chunk of await stream) chunks.push(chunk);
  return chunks;
}

const chat: Driver["ask"] = (client, { body }) => client.chat.completions.create(body);
const chatStream: Driver["ask"] = (client, { body }) => collected(client.chat.completions.create(body));
const messages: Driver["ask"] = (client, { body, model }) => client.messages.create({ model, ...body });
const messagesStream: Driver["ask"] = (client, { body, model }) =>
  collected(client.messages.create({ model, ...body, stream: true }));
const ON_MANTLE = "anthropic.claude-sonnet-5-5"; // the answer has Anthropic's own name
const audio = (): File => new File([new Uint8Array([1, 2])], "a.wav");
const bytes = (body: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(body));
const model = (path: string | undefined): string => path ?? "gemini-2.5-flash";
const clean = (response: any): unknown =>
  JSON.parse(JSON.stringify(response, (name, value) => (name === "sdkHttpResponse" ? undefined : value)));

/** Drops what differs from call to call: times, request ids, headers. */
const output = async (sent: Promise<any>): Promise<unknown> => {
  const { $metadata, stream, body, ...rest } = await sent;
  expect($metadata.httpStatusCode).toBe(200);
  if (stream !== undefined) return [rest, await collected(stream)];
  if (body instanceof Uint8Array) return [rest, new TextDecoder().decode(body)];
  return [rest, body === undefined ? undefined : await collected(body)];
};

/** Sends a command of the client's own package. */
const sends =
  (command: string, input: (request: Request) => unknown): Driver["ask"] =>
  (client, request, sdk) =>
    output(client.send(new sdk[command](input(request))));

export const DRIVERS: Record<string, Driver> = {
  "openai/chat": { kind: "openai", ask: chat },
  "openai/chat_tools": { kind: "openai", ask: chat },
  "openai/chat_stream": { kind: "openai", ask: chatStream },
  "openai/chat_stream_usage": { kind: "openai", ask: chatStream },
  "openai/embeddings": {
    kind: "openai",
    ask: (client, { body }) => client.embeddings.create(body),
  },
  "openai/images": { kind: "openai", ask: (client, { body }) => client.images.generate(body) },
  "openai/images_stream": {
    kind: "openai",
    ask: (client, { body }) => collected(client.images.generate(body)),
  },
  "openai/responses": {
    kind: "openai",
    ask: (client, { body }) => client.responses.create(body),
  },
  "openai/responses_search": {
    kind: "openai",
    ask: (client, { body }) => client.responses.create(body),
  },
  "openai/responses_stream": {
    kind: "openai",
    ask: (client, { body }) => collected(client.responses.create(body)),
  },
  "openai/speech": {
    kind: "openai",
    ask: async (client, { body }) => [
      ...new Uint8Array(await (await client.audio.speech.create(body)).arrayBuffer()),
    ],
  },
  "openai/transcription": {
    kind: "openai",
    ask: (client, { form, body }) => client.audio.transcriptions.create({ ...(form ?? body), file: audio() }),
  },
  "openai/transcription_stream": {
    kind: "openai",
    ask: (client, { form, body }) =>
      collected(client.audio.transcriptions.create({ ...(form ?? body), stream: true, file: audio() })),
  },
  "openai/transcription_whisper": {
    kind: "openai",
    ask: (client, { form, body }) => client.audio.transcriptions.create({ ...(form ?? body), file: audio() }),
  },
  "openai/batch": { kind: "openai", ask: (client) => client.batches.retrieve("batch_1") },
  "openai/batch_output": {
    kind: "openai",
    ask: async (client) => (await client.files.content("file-1")).text(),
  },
  "azure/chat": { kind: "azure", ask: chat },
  "azure/chat_stream": { kind: "azure", ask: chatStream },
  "azure/chat_stream_usage": { kind: "azure", ask: chatStream },
  "groq/chat": { kind: "openai", ask: chat },
  "groq/chat_stream": { kind: "openai", ask: chatStream },
  "groq/chat_stream_usage": { kind: "openai", ask: chatStream },
  "together/chat": { kind: "openai", ask: chat },
  "together/chat_stream": { kind: "openai", ask: chatStream },
  "together/embeddings": {
    kind: "openai",
    ask: (client, { body }) => client.embeddings.create({ ...body, encoding_format: "float" }),
  },
  "anthropic/messages": { kind: "anthropic", ask: messages },
  "anthropic/messages_search": { kind: "anthropic", ask: messages },
  "anthropic/messages_stream": { kind: "anthropic", ask: messagesStream },
  "anthropic/count_tokens": {
    kind: "anthropic",
    ask: (client, { body }) => client.messages.countTokens(body),
  },
  "anthropic/batch": { kind: "anthropic", ask: (client) => client.messages.batches.retrieve("msgbatch_1") },
  "anthropic/batch_results": {
    kind: "anthropic",
    ask: (client) => collected(client.messages.batches.results("msgbatch_1")),
  },
  "vertex/messages": {
    kind: "anthropicVertex",
    ask: messages,
  },
  "vertex/messages_stream": {
    kind: "anthropicVertex",
    ask: messagesStream,
  },
  ...Object.fromEntries(
    (["google", "vertex"] as const).flatMap((name) => [
      [
        `${name}/generate_content`,
        {
          kind: name,
          ask: async (client: any, request: any) =>
            clean(
              await client.models.generateContent({
                model: model(request.model),
                contents: request.body.contents,
              }),
            ),
        },
      ],
      [
        `${name}/generate_content_search`,
        {
          kind: name,
          ask: async (client: any, request: any) =>
            clean(
              await client.models.generateContent({
                model: model(request.model),
                contents: request.body.contents,
                config: { tools: [{ googleSearch: {} }] },
              }),
            ),
        },
      ],
      [
        `${name}/generate_content_stream`,
        {
          kind: name,
          ask: async (client: any, request: any) =>
            clean(
              await collected(
                client.models.generateContentStream({
                  model: model(request.model),
                  contents: request.body.contents,
                }),
              ),
            ),
        },
      ],
      [
        `${name}/embed_content`,
        {
          kind: name,
          ask: async (client: any) =>
            clean(
              await client.models.embedContent({
                model: "gemini-embedding-001",
                contents: "How far is the moon?",
              }),
            ),
        },
      ],
    ]),
  ),
  "bedrock/invoke_claude by Anthropic's client": {
    kind: "anthropicBedrock",
    ask: messages,
    fixture: "bedrock/invoke_claude",
    event: { api: "messages" },
  },
  "bedrock/invoke_claude_stream by Anthropic's client": {
    kind: "anthropicBedrock",
    ask: messagesStream,
    fixture: "bedrock/invoke_claude_stream",
    event: { api: "messages" },
  },
  ...Object.fromEntries(
    [["messages", messages] as const, ["messages_stream", messagesStream] as const].map(([name, ask]) => [
      `anthropic/${name} by Bedrock's Mantle`,
      {
        kind: "anthropicMantle" as const,
        ask: (client: any, { body }: Request) =>
          ask(client, { body: { ...body, model: ON_MANTLE } }, undefined),
        fixture: `anthropic/${name}`,
        event: { provider: "aws.bedrock", model: ON_MANTLE, requested_model: ON_MANTLE },
      },
    ]),
  ),
  "mistral/chat": { kind: "mistral", ask: (client, { body }) => client.chat.complete(body) },
  "mistral/chat_stream": { kind: "mistral", ask: (client, { body }) => collected(client.chat.stream(body)) },
  "mistral/embeddings": {
    kind: "mistral",
    ask: (client, { body }) => client.embeddings.create({ model: body.model, inputs: body.input }),
  },
  "mistral/ocr": {
    kind: "mistral",
    ask: (client) =>
      client.ocr.process({
        model: "mistral-ocr-latest",
        document: { type: "document_url", documentUrl: "https://example.com/a.pdf" },
      }),
  },
  "cohere/chat": {
    kind: "cohere",
    ask: (client, { body }) => client.chat({ model: body.model, messages: body.messages }),
  },
  "cohere/chat_stream": {
    kind: "cohere",
    ask: (client, { body }) => collected(client.chatStream({ model: body.model, messages: body.messages })),
  },
  "cohere/embed": {
    kind: "cohere",
    ask: (client, { body }) =>
      client.embed({
        model: body.model,
        texts: body.texts,
        inputType: "search_document",
        embeddingTypes: ["float"],
      }),
  },
  "cohere/rerank": { kind: "cohere", ask: (client, { body }) => client.rerank(body) },
  "cohere/v1_chat": {
    kind: "cohereV1",
    ask: (client, { body }) => client.chat({ model: body.model, message: body.message }),
  },
  "cohere/v1_chat_stream": {
    kind: "cohereV1",
    ask: (client, { body }) => collected(client.chatStream({ model: body.model, message: body.message })),
  },
  "cohere/v1_embed": {
    kind: "cohereV1",
    ask: (client, { body }) =>
      client.embed({ model: body.model, texts: body.texts, inputType: "search_document" }),
  },
  "cohere/v1_rerank": { kind: "cohereV1", ask: (client, { body }) => client.rerank(body) },
  "bedrock/converse": {
    kind: "bedrock",
    ask: sends("ConverseCommand", ({ body, model }) => ({ modelId: model, ...body })),
  },
  "bedrock/converse_priority": {
    kind: "bedrock",
    ask: sends("ConverseCommand", ({ body, model }) => ({ modelId: model, ...body })),
  },
  "bedrock/converse_stream": {
    kind: "bedrock",
    ask: sends("ConverseStreamCommand", ({ body, model }) => ({ modelId: model, ...body })),
  },
  "bedrock/invoke_claude": {
    kind: "bedrock",
    ask: sends("InvokeModelCommand", ({ body, model }) => ({ modelId: model, body: bytes(body) })),
  },
  "bedrock/invoke_claude_stream": {
    kind: "bedrock",
    ask: sends("InvokeModelWithResponseStreamCommand", ({ body, model }) => ({
      modelId: model,
      body: bytes(body),
    })),
  },
  "bedrock/invoke_titan": {
    kind: "bedrock",
    ask: sends("InvokeModelCommand", ({ body, model }) => ({ modelId: model, body: bytes(body) })),
  },
};
