/** Every vendor's real client, in its newest release and an older one: how each is made. */

import * as anthropic from "@anthropic-ai/sdk";
import * as anthropicBedrock from "@anthropic-ai/bedrock-sdk";
import * as anthropicVertex from "@anthropic-ai/vertex-sdk";
import * as bedrock from "@aws-sdk/client-bedrock-runtime";
import * as google from "@google/genai";
import * as mistral from "@mistralai/mistralai";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import * as anthropicBedrockOld from "anthropic-bedrock-old";
import * as anthropicOld from "anthropic-old";
import * as anthropicVertexOld from "anthropic-vertex-old";
import * as bedrockOld from "aws-bedrock-old";
import * as cohere7 from "cohere-7";
import * as cohere from "cohere-ai";
import * as google2 from "google-genai-2";
import * as mistral1 from "mistral-1";
import * as openai from "openai";
import * as openai4 from "openai-4";
import * as openai6 from "openai-old";

export type Kind = keyof typeof MAKERS;
/** A release of a package, by the kinds of clients that are made from it. */
export type Release = { sdk: any; kinds: Kind[] };
export const RELEASES: Record<string, Release> = {
  "openai 7": { sdk: openai, kinds: ["openai", "azure"] },
  "openai 6": { sdk: openai6, kinds: ["openai", "azure"] },
  "openai 4": { sdk: openai4, kinds: ["openai", "azure"] },
  "@anthropic-ai/sdk 1": { sdk: anthropic, kinds: ["anthropic"] },
  "@anthropic-ai/sdk 0": { sdk: anthropicOld, kinds: ["anthropic"] },
  "@anthropic-ai/bedrock-sdk 1": { sdk: anthropicBedrock, kinds: ["anthropicBedrock", "anthropicMantle"] },
  "@anthropic-ai/bedrock-sdk 0": { sdk: anthropicBedrockOld, kinds: ["anthropicBedrock", "anthropicMantle"] },
  "@anthropic-ai/vertex-sdk 1": { sdk: anthropicVertex, kinds: ["anthropicVertex"] },
  "@anthropic-ai/vertex-sdk 0": { sdk: anthropicVertexOld, kinds: ["anthropicVertex"] },
  "@google/genai 3": { sdk: google, kinds: ["google", "vertex"] },
  "@google/genai 2": { sdk: google2, kinds: ["google", "vertex"] },
  "@mistralai/mistralai 2": { sdk: mistral, kinds: ["mistral"] },
  "@mistralai/mistralai 1": { sdk: mistral1, kinds: ["mistral"] },
  "cohere-ai 8": { sdk: cohere, kinds: ["cohere", "cohereV1"] },
  "cohere-ai 7": { sdk: cohere7, kinds: ["cohere", "cohereV1"] },
  "@aws-sdk/client-bedrock-runtime": { sdk: bedrock, kinds: ["bedrock"] },
  // it has one major only: an older minor, of two years before
  "@aws-sdk/client-bedrock-runtime 3.699": { sdk: bedrockOld, kinds: ["bedrock"] },
};

/** What a release cannot be asked for, or does not tell. */
export const LACKING: Record<string, string[]> = {
  "openai 4": ["openai/images_stream"],
  "@aws-sdk/client-bedrock-runtime 3.699": ["bedrock/converse_priority"],
};

const retries = { maxRetries: 0, apiKey: "k" };
const nobody = { getRequestHeaders: () => Promise.resolve(new Headers()), projectId: "p" };

/** How a client of each kind is made, at an address that has the vendor's folder in it. */
const MAKERS = {
  openai: (sdk: any, baseURL: string) => new sdk.OpenAI({ ...retries, baseURL }),
  azure: (sdk: any, baseURL: string) =>
    new sdk.AzureOpenAI({ ...retries, baseURL, apiVersion: "2025-01-01-preview" }),
  anthropic: (sdk: any, baseURL: string) => new sdk.Anthropic({ ...retries, baseURL }),
  anthropicBedrock: (sdk: any, baseURL: string) =>
    new sdk.AnthropicBedrock({
      maxRetries: 0,
      baseURL,
      awsRegion: "us-east-1",
      awsAccessKey: "k",
      awsSecretKey: "s",
    }),
  anthropicMantle: (sdk: any, baseURL: string) =>
    new sdk.AnthropicBedrockMantle({ ...retries, baseURL, awsRegion: "us-east-1" }),
  anthropicVertex: (sdk: any, baseURL: string) =>
    new sdk.AnthropicVertex({
      maxRetries: 0,
      baseURL,
      region: "us-east5",
      projectId: "p",
      accessToken: null,
      authClient: nobody,
    }),
  google: (sdk: any, baseUrl: string) =>
    new sdk.GoogleGenAI({ apiKey: "k", vertexai: false, httpOptions: { baseUrl } }),
  vertex: (sdk: any, baseUrl: string) =>
    new sdk.GoogleGenAI({
      vertexai: true,
      project: "p",
      location: "us-central1",
      httpOptions: { baseUrl },
      googleAuthOptions: { authClient: nobody },
    }),
  mistral: (sdk: any, serverURL: string) => new sdk.Mistral({ apiKey: "k", serverURL }),
  cohere: (sdk: any, environment: string) => new sdk.CohereClientV2({ token: "k", environment }),
  cohereV1: (sdk: any, environment: string) => new sdk.CohereClient({ token: "k", environment }),
  bedrock: (sdk: any, endpoint: string) =>
    new sdk.BedrockRuntimeClient({
      endpoint,
      region: "us-east-1",
      maxAttempts: 1,
      credentials: { accessKeyId: "k", secretAccessKey: "s" },
      requestHandler: new NodeHttpHandler(), // its own speaks HTTP/2, which the stand-in does not
    }),
};

/** What stands behind the stand-in's address: the vendor's folder, and what its users have in their base URL. */
const PATHS: Record<string, string> = {
  openai: "/openai/v1",
  groq: "/groq/openai/v1",
  together: "/together/v1",
  azure: "/azure/openai",
};

/** A client at this address. */
export function make(kind: Kind, sdk: any, url: string, vendor: string): any {
  const path = kind === "anthropicVertex" ? "/vertex/v1" : (PATHS[vendor] ?? `/${vendor}`);
  return MAKERS[kind](sdk, `${url}${path}`);
}
