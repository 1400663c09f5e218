/**
 * A program whose calls are held to a budget: one that fails, then twenty promises that ask vendors, three times over. Run from the
 * TypeScript SDK's folder, whose built package and whose packages it finds there. The vendors are the stand-in (its address is the
 * argument). It prints how many calls were made and how many refused. Settings come from `TOKENBOARD_*`.
 */

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const here = createRequire(`${process.cwd()}/program.mjs`);
const load = async (name) => {
  const loaded = await import(pathToFileURL(here.resolve(name)).href);
  return loaded.default?.init === undefined ? loaded : loaded.default;
};
const { OpenAI } = await load("openai");
const { Anthropic } = await load("@anthropic-ai/sdk");
const tokenboard = await load("@tokenboard/sdk");

const CALLERS = 20;
const ROUNDS = 3;
const TRIES = 2;
// more bytes than the fixtures count tokens
const messages = [{ role: "user", content: "How far is the moon? ".repeat(100) }];
const [, , standin] = process.argv;
const vendors = `${standin}/ids/fresh`;

tokenboard.init({ project: "support", enforceBudgets: true });
const openai = (at) =>
  tokenboard.wrap(new OpenAI({ apiKey: "sk", baseURL: `${at}/openai/v1`, maxRetries: 0 }), { provider: "openai" });
const anthropic = tokenboard.wrap(new Anthropic({ apiKey: "sk", baseURL: `${vendors}/anthropic`, maxRetries: 0 }));
const gpt = { model: "gpt-4o", max_tokens: 300, messages };
const claude = { model: "claude-sonnet-5-5", max_tokens: 300, messages };
const client = openai(vendors);
const asks = [
  () => client.chat.completions.create(gpt),
  () => anthropic.messages.create(claude),
  async () => {
    for await (const chunk of await client.chat.completions.create({ ...gpt, stream: true }))
      if (chunk.id === undefined) throw new Error("no chunk");
  },
];

const isMade = async (ask) => {
  try {
    await ask();
    return true;
  } catch (error) {
    if (!(error instanceof tokenboard.BudgetExceeded) || error.budgetName !== "Support") throw error;
    return false;
  }
};

await openai(`${standin}/fault/500`)
  .chat.completions.create(gpt)
  .catch((error) => {
    if (error.status !== 500) throw error;
  });
await tokenboard.flush(30_000);
const made = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const callers = Array.from({ length: CALLERS }, async (_, n) => {
    for (let tried = 0; tried < TRIES; tried += 1) made.push(await isMade(asks[(n + tried) % asks.length]));
  });
  await Promise.all(callers);
  await tokenboard.flush(30_000); // what was held is what was spent
}
if (Object.keys(tokenboard.dropped()).length > 0) throw new Error(JSON.stringify(tokenboard.dropped()));
const count = made.filter(Boolean).length;
process.stdout.write(JSON.stringify({ made: count, refused: made.length - count }));
