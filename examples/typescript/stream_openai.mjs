// OpenAI: a streamed chat completion. Its usage is asked for where the host is known to tell it.
import OpenAI from "openai";
import * as tokenboard from "@tokenboard/sdk";

const client = tokenboard.wrap(new OpenAI());

const messages = [{ role: "user", content: "How far is the moon?" }];
for await (const chunk of await client.chat.completions.create({ model: "gpt-4o", messages, stream: true })) {
  process.stdout.write(chunk.choices[0].delta.content ?? "\n");
}
