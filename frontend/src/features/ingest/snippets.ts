export const LANGUAGES = [
  { value: "curl", label: "curl" },
  { value: "python", label: "Python" },
  { value: "typescript", label: "TypeScript" },
] as const;

export type Language = (typeof LANGUAGES)[number]["value"];

export const KEY_PLACEHOLDER = "YOUR_API_KEY";

const EVENT = {
  provider: "openai",
  model: "gpt-4o-mini",
  input_tokens: 1200,
  output_tokens: 350,
  latency_ms: 840,
  project: "first-steps",
};

const indent = (text: string, by: string) => text.replaceAll("\n", `\n${by}`);

function curl(url: string, key: string): string {
  return `curl ${url} \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '${indent(JSON.stringify(EVENT, null, 2), "  ")}'`;
}

function python(url: string, key: string): string {
  return `import json
from urllib.request import Request, urlopen

event = ${JSON.stringify(EVENT, null, 4)}
request = Request(
    "${url}",
    data=json.dumps(event).encode(),
    headers={
        "Authorization": "Bearer ${key}",
        "Content-Type": "application/json",
    },
)
print(urlopen(request).read().decode())`;
}

function typescript(url: string, key: string): string {
  const event = JSON.stringify(EVENT, null, 2).replace(/"(\w+)":/g, "$1:");
  return `const event = ${event};

const response = await fetch("${url}", {
  method: "POST",
  headers: {
    Authorization: "Bearer ${key}",
    "Content-Type": "application/json",
  },
  body: JSON.stringify(event),
});
console.log(await response.json());`;
}

const WRITERS: Record<Language, (url: string, key: string) => string> = { curl, python, typescript };

/** A program that sends one call, whole: paste it and it runs. */
export function snippet(language: Language, origin: string, key: string): string {
  return WRITERS[language](`${origin}/api/v1/events`, key);
}
