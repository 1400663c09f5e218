import { describe, expect, it } from "vitest";

import { ELSEWHERE, PICTURE, sizeOf, TOOL } from "../src/wrap/sizes.js";

const TEXT = "Wie weit ist der Mond? 月までの距離は? 🌕";
const inputOf = (body: unknown): number => sizeOf(body, 10)?.input_tokens ?? 0;

describe("the size of a request", () => {
  it.each([
    { messages: [{ role: "user", content: TEXT }] },
    { system: TEXT, messages: [{ role: "user", content: [{ type: "text", text: TEXT }] }] },
    { contents: [{ parts: [{ text: TEXT }] }] },
    { input: [TEXT, TEXT] },
    { input: [[1, 20, 300]] },
  ])("is at least the bytes of its text", (body) => {
    const written = new TextEncoder().encode(JSON.stringify(body));
    expect(inputOf(body)).toBeGreaterThanOrEqual(written.length);
    expect(inputOf(body)).toBeLessThan(2 * written.length + 250);
    expect(inputOf(JSON.stringify(body))).toBe(inputOf(body));
    expect(inputOf(written)).toBe(inputOf(body));
  });

  it.each([
    { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(100_000)}` } },
    { type: "input_image", image_url: "https://example.com/a.png" },
    { type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(100_000) } },
    { inlineData: { mimeType: "image/png", data: "A".repeat(100_000) } },
    { type: "file", mediaType: "image/png", data: new Uint8Array(100_000) },
  ])("counts a picture the same whatever its bytes", (part) => {
    const size = inputOf({ messages: [{ content: [part] }] });
    expect(size).toBeGreaterThanOrEqual(PICTURE);
    expect(size).toBeLessThan(PICTURE + 1000);
  });

  it.each([
    { input: "and then?", previous_response_id: "resp_1" },
    { input: [{ type: "input_file", file_id: "file-1" }] },
    { messages: [{ content: [{ type: "document", source: { type: "url", url: "https://example.com/" } }] }] },
    { contents: [{ parts: [{ fileData: { fileUri: "gs://a/b.pdf", mimeType: "application/pdf" } }] }] },
    { cachedContent: "cachedContents/1" },
    { prompt: [{ content: [{ type: "file", data: new URL("https://example.com/a.pdf") }] }] },
  ])("counts what the request only names as much as models read", (body) => {
    expect(inputOf(body)).toBeGreaterThan(ELSEWHERE);
  });

  it("counts what a vendor may say of each tool", () => {
    expect(inputOf({ tools: [{ type: "bash" }, { type: "computer" }] })).toBeGreaterThan(
      inputOf({}) + 2 * TOOL,
    );
  });

  it.each([
    [{}, 4096],
    [{ max_tokens: 100 }, 100],
    [{ max_tokens: null }, 4096],
    [{ max_completion_tokens: 100, n: 3 }, 300],
    [{ generationConfig: { maxOutputTokens: 50, candidateCount: 2 } }, 100],
    [{ inferenceConfig: { maxTokens: 60 } }, 60],
    [{ maxOutputTokens: 70 }, 70],
  ])("answers as long as %j allows", (body, expected) => {
    expect(sizeOf(body, 4096)?.max_output_tokens).toBe(expected);
  });

  it("has no answer for embeddings, and is none of what cannot be read", () => {
    expect(sizeOf({ input: "a" }, undefined)).toEqual({ input_tokens: 215, max_output_tokens: 0 });
    expect([undefined, "[1]", 7].map((body) => sizeOf(body, 1))).toEqual([undefined, undefined, undefined]);
    expect(sizeOf(new FormData(), 1)).toBeUndefined();
  });
});
