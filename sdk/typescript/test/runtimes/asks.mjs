/** What is asked on every runtime: OpenAI's real client, plain and streaming, by itself and wrapped. */

const ASK = { model: "gpt-4o", messages: [{ role: "user", content: "How far is the moon?" }] };
const STREAM = { ...ASK, stream: true, stream_options: { include_usage: true } };

/** Whether both said the same. */
export async function asks(tokenboard, OpenAI, standin) {
  const make = () => new OpenAI({ apiKey: "k", baseURL: `${standin}/openai/v1`, maxRetries: 0 });
  const plain = await answers(make(), (ask) => ask());
  const wrapped = tokenboard.wrap(make(), { provider: "openai" });
  return (await answers(wrapped, (ask) => tokenboard.context({ user: "c_42" }, ask))) === plain;
}

async function answers(client, within) {
  const whole = await within(() => client.chat.completions.create(ASK));
  const chunks = [];
  for await (const chunk of await within(() => client.chat.completions.create(STREAM))) chunks.push(chunk);
  return JSON.stringify([whole, chunks]);
}
