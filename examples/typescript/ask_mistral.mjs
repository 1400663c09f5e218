// Mistral: a chat completion.
import { Mistral } from "@mistralai/mistralai";
import * as tokenboard from "@tokenboard/sdk";

const client = tokenboard.wrap(new Mistral({ apiKey: process.env.MISTRAL_API_KEY }));

const messages = [{ role: "user", content: "How far is the moon?" }];
const answer = await client.chat.complete({ model: "mistral-large-latest", messages });
console.log(answer.choices[0].message.content);
