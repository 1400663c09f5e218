// Cohere: a chat.
import { CohereClientV2 } from "cohere-ai";
import * as tokenboard from "@tokenboard/sdk";

const client = tokenboard.wrap(new CohereClientV2({ token: process.env.CO_API_KEY }));

const messages = [{ role: "user", content: "How far is the moon?" }];
console.log((await client.chat({ model: "command-a-03-2025", messages })).message.content);
