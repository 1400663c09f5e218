// The Vercel AI SDK: any model, by middleware.
import { openai } from "@ai-sdk/openai";
import { tokenboardMiddleware } from "@tokenboard/sdk";
import { generateText, wrapLanguageModel } from "ai";

const model = wrapLanguageModel({ model: openai("gpt-4o"), middleware: tokenboardMiddleware() });

console.log((await generateText({ model, prompt: "How far is the moon?" })).text);
