// Anthropic: a message.
import Anthropic from "@anthropic-ai/sdk";
import * as tokenboard from "@tokenboard/sdk";

const client = tokenboard.wrap(new Anthropic());

const messages = [{ role: "user", content: "How far is the moon?" }];
const answer = await client.messages.create({ model: "claude-sonnet-5-5", max_tokens: 200, messages });
console.log(answer.content);
