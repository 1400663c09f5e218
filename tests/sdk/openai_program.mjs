/**
 * A program that asks a model four times through OpenAI's own client, tracked. Run from the TypeScript SDK's folder, whose built
 * package and whose packages it finds there. The model is a stand-in in this process. Settings come from `TOKENBOARD_*`.
 */

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const here = createRequire(`${process.cwd()}/program.mjs`);
const load = (name) => import(pathToFileURL(here.resolve(name)).href);
const { default: OpenAI } = await load("openai");
const tokenboard = (await load("@tokenboard/sdk")).default ?? (await load("@tokenboard/sdk"));

const ABOUT = { id: "chatcmpl-1", created: 1, model: "gpt-4o-2024-08-06" };
const MESSAGE = { role: "assistant", content: "an answer" };
const USAGE = {
  prompt_tokens: 1200,
  completion_tokens: 300,
  total_tokens: 1500,
  prompt_tokens_details: { cached_tokens: 1000 },
};

/** Answers as OpenAI does, in one piece or as a stream; the model `broken` does not. */
const server = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const asked = JSON.parse(body);
  const answer = (status, kind, text) => {
    response.writeHead(status, { "content-type": kind });
    response.end(text);
  };
  if (asked.model === "broken") return answer(400, "application/json", '{"error": {"message": "no such model"}}');
  if (!asked.stream) {
    const choice = { index: 0, message: MESSAGE, finish_reason: "stop" };
    const whole = { ...ABOUT, object: "chat.completion", choices: [choice], usage: USAGE };
    return answer(200, "application/json", JSON.stringify(whole));
  }
  const delta = { index: 0, delta: MESSAGE, finish_reason: "stop" };
  const chunks = [
    { choices: [delta], usage: null },
    { choices: [], usage: USAGE },
  ].map((each) => JSON.stringify({ ...ABOUT, object: "chat.completion.chunk", ...each }));
  return answer(200, "text/event-stream", [...chunks, "[DONE]"].map((line) => `data: ${line}\n\n`).join(""));
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const baseURL = `http://127.0.0.1:${server.address().port}/v1`;
const client = tokenboard.wrap(new OpenAI({ apiKey: "sk", baseURL, maxRetries: 0 }), { provider: "openai" });
const completions = client.chat.completions;
await tokenboard.context({ user: "c_42", feature: "search" }, async () => {
  await completions.create({ model: "gpt-4o", messages: [] });
  for await (const chunk of await completions.create({ model: "gpt-4o", messages: [], stream: true })) {
    if (chunk.choices.length === 0) throw new Error("a chunk that was not asked for");
  }
  await (await completions.create({ model: "gpt-4o", messages: [] }).asResponse()).text();
  await completions.create({ model: "broken", messages: [] }).catch((error) => {
    if (error.status !== 400) throw error;
  });
});
server.close();
// not flushed: the end of the program does it
process.on("exit", () => {
  if (Object.keys(tokenboard.dropped()).length > 0) console.error(tokenboard.dropped());
});
