/** Every vendor's real client over the stand-in: the same answers with and without us, and the event that the fixture says. */

import { readdirSync, readFileSync } from "node:fs";

import Anthropic from "@anthropic-ai/sdk";
import { AnthropicVertex } from "@anthropic-ai/vertex-sdk";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { Mistral } from "@mistralai/mistralai";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import AnthropicOld from "anthropic-old";
import { CohereClient, CohereClientV2 } from "cohere-ai";
import OpenAI, { AzureOpenAI } from "openai";
import { expect, inject, it } from "vitest";

import * as tokenboard from "../src/index.js";
import { tracked } from "./servers.js";

const FIXTURES = new URL("../../fixtures/", import.meta.url);

type Case = { request: { body: any; form?: any; model?: string; include_usage?: boolean }; event: any };
/** Makes a client for a case, and asks with it. */
type Driver = { make: (url: string) => any; ask: (client: any, request: Case["request"]) => unknown };

async function collected(
  stream: AsyncIterable<unknown> | Promise<AsyncIterable<unknown>>,
): Promise<unknown[]> {
  const chunks = [];
  for await (const chunk of await stream) chunks.push(chunk);
  return chunks;
}

const retries = { maxRetries: 0, apiKey: "k" };
const openai = (path: string) => (url: string) => new OpenAI({ ...retries, baseURL: `${url}${path}` });
const azure = (url: string): AzureOpenAI =>
  new AzureOpenAI({ ...retries, baseURL: `${url}/azure/openai`, apiVersion: "2025-01-01-preview" });
const anthropic = (url: string): Anthropic => new Anthropic({ ...retries, baseURL: `${url}/anthropic` });
const anthropicOld = (url: string): AnthropicOld =>
  new AnthropicOld({ ...retries, baseURL: `${url}/anthropic` });
const vertexAnthropic = (url: string): AnthropicVertex =>
  new AnthropicVertex({
    maxRetries: 0,
    baseURL: `${url}/vertex/v1`,
    region: "us-east5",
    projectId: "p",
    accessToken: null,
    authClient: { getRequestHeaders: () => Promise.resolve(new Headers()), projectId: "p" } as any,
  });
const google = (url: string): GoogleGenAI =>
  new GoogleGenAI({ apiKey: "k", vertexai: false, httpOptions: { baseUrl: `${url}/google` } });
const vertex = (url: string): GoogleGenAI =>
  new GoogleGenAI({
    vertexai: true,
    project: "p",
    location: "us-central1",
    httpOptions: { baseUrl: `${url}/vertex` },
    googleAuthOptions: { authClient: { getRequestHeaders: () => Promise.resolve(new Headers()) } as any },
  });
const mistral = (url: string): Mistral => new Mistral({ apiKey: "k", serverURL: `${url}/mistral` });
const bedrock = (url: string): BedrockRuntimeClient =>
  new BedrockRuntimeClient({
    endpoint: `${url}/bedrock`,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: { accessKeyId: "k", secretAccessKey: "s" },
    requestHandler: new NodeHttpHandler(), // its own speaks HTTP/2, which the stand-in does not
  });
const cohere = (url: string): CohereClientV2 =>
  new CohereClientV2({ token: "k", environment: `${url}/cohere` });
const cohereV1 = (url: string): CohereClient =>
  new CohereClient({ token: "k", environment: `${url}/cohere` });

const chat = (client: any, { body }: any): unknown => client.chat.completions.create(body);
const chatStream = (client: any, { body }: any): unknown => collected(client.chat.completions.create(body));
const messages = (client: any, { body }: any): unknown => client.messages.create(body);
const messagesStream = (client: any, { body }: any): unknown => collected(client.messages.create(body));
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

const DRIVERS: Record<string, Driver> = {
  "openai/chat": { make: openai("/openai/v1"), ask: chat },
  "openai/chat_tools": { make: openai("/openai/v1"), ask: chat },
  "openai/chat_stream": { make: openai("/openai/v1"), ask: chatStream },
  "openai/chat_stream_usage": { make: openai("/openai/v1"), ask: chatStream },
  "openai/embeddings": {
    make: openai("/openai/v1"),
    ask: (client, { body }) => client.embeddings.create(body),
  },
  "openai/images": { make: openai("/openai/v1"), ask: (client, { body }) => client.images.generate(body) },
  "openai/images_stream": {
    make: openai("/openai/v1"),
    ask: (client, { body }) => collected(client.images.generate(body)),
  },
  "openai/responses": {
    make: openai("/openai/v1"),
    ask: (client, { body }) => client.responses.create(body),
  },
  "openai/responses_search": {
    make: openai("/openai/v1"),
    ask: (client, { body }) => client.responses.create(body),
  },
  "openai/responses_stream": {
    make: openai("/openai/v1"),
    ask: (client, { body }) => collected(client.responses.create(body)),
  },
  "openai/speech": {
    make: openai("/openai/v1"),
    ask: async (client, { body }) => [
      ...new Uint8Array(await (await client.audio.speech.create(body)).arrayBuffer()),
    ],
  },
  "openai/transcription": {
    make: openai("/openai/v1"),
    ask: (client, { form, body }) => client.audio.transcriptions.create({ ...(form ?? body), file: audio() }),
  },
  "openai/transcription_stream": {
    make: openai("/openai/v1"),
    ask: (client, { form, body }) =>
      collected(client.audio.transcriptions.create({ ...(form ?? body), stream: true, file: audio() })),
  },
  "openai/transcription_whisper": {
    make: openai("/openai/v1"),
    ask: (client, { form, body }) => client.audio.transcriptions.create({ ...(form ?? body), file: audio() }),
  },
  "openai/batch": { make: openai("/openai/v1"), ask: (client) => client.batches.retrieve("batch_1") },
  "openai/batch_output": {
    make: openai("/openai/v1"),
    ask: async (client) => (await client.files.content("file-1")).text(),
  },
  "azure/chat": { make: azure, ask: chat },
  "azure/chat_stream": { make: azure, ask: chatStream },
  "azure/chat_stream_usage": { make: azure, ask: chatStream },
  "groq/chat": { make: openai("/groq/openai/v1"), ask: chat },
  "groq/chat_stream": { make: openai("/groq/openai/v1"), ask: chatStream },
  "groq/chat_stream_usage": { make: openai("/groq/openai/v1"), ask: chatStream },
  "together/chat": { make: openai("/together/v1"), ask: chat },
  "together/chat_stream": { make: openai("/together/v1"), ask: chatStream },
  "together/embeddings": {
    make: openai("/together/v1"),
    ask: (client, { body }) => client.embeddings.create({ ...body, encoding_format: "float" }),
  },
  "anthropic/messages": { make: anthropic, ask: messages },
  "anthropic/messages_search": { make: anthropic, ask: messages },
  "anthropic/messages_stream": { make: anthropic, ask: messagesStream },
  "anthropic/count_tokens": { make: anthropic, ask: (client, { body }) => client.messages.countTokens(body) },
  "anthropic/batch": { make: anthropic, ask: (client) => client.messages.batches.retrieve("msgbatch_1") },
  "anthropic/batch_results": {
    make: anthropic,
    ask: (client) => collected(client.messages.batches.results("msgbatch_1")),
  },
  "vertex/messages": {
    make: vertexAnthropic,
    ask: (client, { body, model }) => messages(client, { body: { ...body, model } }),
  },
  "vertex/messages_stream": {
    make: vertexAnthropic,
    ask: (client, { body, model }) => messagesStream(client, { body: { ...body, model } }),
  },
  ...Object.fromEntries(
    [["google", google] as const, ["vertex", vertex] as const].flatMap(([name, make]) => [
      [
        `${name}/generate_content`,
        {
          make,
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
          make,
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
          make,
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
          make,
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
  "mistral/chat": { make: mistral, ask: (client, { body }) => client.chat.complete(body) },
  "mistral/chat_stream": { make: mistral, ask: (client, { body }) => collected(client.chat.stream(body)) },
  "mistral/embeddings": {
    make: mistral,
    ask: (client, { body }) => client.embeddings.create({ model: body.model, inputs: body.input }),
  },
  "mistral/ocr": {
    make: mistral,
    ask: (client) =>
      client.ocr.process({
        model: "mistral-ocr-latest",
        document: { type: "document_url", documentUrl: "https://example.com/a.pdf" },
      }),
  },
  "cohere/chat": {
    make: cohere,
    ask: (client, { body }) => client.chat({ model: body.model, messages: body.messages }),
  },
  "cohere/chat_stream": {
    make: cohere,
    ask: (client, { body }) => collected(client.chatStream({ model: body.model, messages: body.messages })),
  },
  "cohere/embed": {
    make: cohere,
    ask: (client, { body }) =>
      client.embed({
        model: body.model,
        texts: body.texts,
        inputType: "search_document",
        embeddingTypes: ["float"],
      }),
  },
  "cohere/rerank": { make: cohere, ask: (client, { body }) => client.rerank(body) },
  "cohere/v1_chat": {
    make: cohereV1,
    ask: (client, { body }) => client.chat({ model: body.model, message: body.message }),
  },
  "cohere/v1_chat_stream": {
    make: cohereV1,
    ask: (client, { body }) => collected(client.chatStream({ model: body.model, message: body.message })),
  },
  "cohere/v1_embed": {
    make: cohereV1,
    ask: (client, { body }) =>
      client.embed({ model: body.model, texts: body.texts, inputType: "search_document" }),
  },
  "cohere/v1_rerank": { make: cohereV1, ask: (client, { body }) => client.rerank(body) },
  "bedrock/converse": {
    make: bedrock,
    ask: (client, { body, model }) => output(client.send(new ConverseCommand({ modelId: model, ...body }))),
  },
  "bedrock/converse_priority": {
    make: bedrock,
    ask: (client, { body, model }) => output(client.send(new ConverseCommand({ modelId: model, ...body }))),
  },
  "bedrock/converse_stream": {
    make: bedrock,
    ask: (client, { body, model }) =>
      output(client.send(new ConverseStreamCommand({ modelId: model, ...body }))),
  },
  "bedrock/invoke_claude": {
    make: bedrock,
    ask: (client, { body, model }) =>
      output(client.send(new InvokeModelCommand({ modelId: model, body: bytes(body) }))),
  },
  "bedrock/invoke_claude_stream": {
    make: bedrock,
    ask: (client, { body, model }) =>
      output(client.send(new InvokeModelWithResponseStreamCommand({ modelId: model, body: bytes(body) }))),
  },
  "bedrock/invoke_titan": {
    make: bedrock,
    ask: (client, { body, model }) =>
      output(client.send(new InvokeModelCommand({ modelId: model, body: bytes(body) }))),
  },
};

const OLDER: Record<string, (url: string) => any> = {
  "anthropic/messages": anthropicOld,
  "anthropic/messages_stream": anthropicOld,
  "anthropic/batch_results": anthropicOld,
};

/** Nothing to drive: the client counts on its own side, or has no such call. */
const UNDRIVEN = new Set(["google/count_tokens"]);

const CASES = readdirSync(FIXTURES, { recursive: true })
  .map(String)
  .filter((path) => path.endsWith(".case.json"))
  .map((path) => path.replace(".case.json", ""))
  .filter((name) => !UNDRIVEN.has(name))
  .sort();

const ADDED = [
  "event_id",
  "occurred_at",
  "latency_ms",
  "base_url",
  "status",
  "http_status",
  "time_to_first_token_ms",
];

async function driven(name: string, make: (url: string) => any, ask: Driver["ask"]): Promise<void> {
  const { request, event: expected } = JSON.parse(
    readFileSync(new URL(`${name}.case.json`, FIXTURES)).toString(),
  ) as Case;
  const isByPath = name.includes("batch_results"); // which looks the batch up first
  const url = `${inject("standin")}${isByPath ? "" : `/case/${name.replace("/", "@")}`}`;
  const vendor = name.split("/")[0]!;
  const provider = vendor === "bedrock" ? "aws.bedrock" : vendor;
  const board = await tracked();
  request.model ??= expected.requested_model;
  const plain = await ask(make(url), request);
  const isUnasked = request.include_usage === false; // then the fixture's event is that of a program that asks for nothing
  const options = { provider, ...(isUnasked ? { streamUsage: false } : {}) };
  expect(await ask(tokenboard.wrap(make(url), options), request)).toEqual(plain);
  await tokenboard.flush();
  const events = board.events.map((event) => {
    const { status, base_url } = event;
    expect(status).toBe("ok");
    expect(base_url).toContain(url.slice(0, 20));
    return Object.fromEntries(Object.entries(event).filter(([field]) => !ADDED.includes(field)));
  });
  const wanted = expected.each ?? (Object.keys(expected).length > 0 ? [expected] : []);
  expect(events).toEqual(wanted);
  expect(tokenboard.dropped()).toEqual({});
}

it.each(CASES)("%s", async (name) => {
  const driver = DRIVERS[name];
  expect(driver, "no driver for this fixture").toBeDefined();
  await driven(name, driver!.make, driver!.ask);
});

it.each(Object.keys(OLDER))("%s, the older major", async (name) => {
  await driven(name, OLDER[name]!, DRIVERS[name]!.ask);
});
