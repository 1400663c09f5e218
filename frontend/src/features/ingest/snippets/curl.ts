import type { Place, Recipe } from "./types";

const COUNTED = {
  provider: "openai",
  model: "gpt-4o-mini",
  input_tokens: 1200,
  output_tokens: 350,
  latency_ms: 840,
  project: "first-steps",
};

const VERBATIM = {
  provider: "anthropic",
  api: "messages",
  model: "claude-haiku-4-5",
  raw_usage: {
    input_tokens: 200,
    cache_read_input_tokens: 1000,
    cache_creation_input_tokens: 0,
    output_tokens: 350,
  },
  project: "first-steps",
};

const send =
  (event: object) =>
  ({ origin, apiKey }: Place) =>
    `curl ${origin}/api/v1/events \\
  -H "Authorization: Bearer ${apiKey}" \\
  -H "Content-Type: application/json" \\
  -d '${JSON.stringify(event, null, 2).replaceAll("\n", "\n  ")}'`;

export const CURL: readonly Recipe[] = [
  { value: "counts", label: "Counts", code: send(COUNTED) },
  { value: "usage", label: "The vendor's usage object", code: send(VERBATIM) },
];
