// Google: Gemini by @google/genai.
import { GoogleGenAI } from "@google/genai";
import * as tokenboard from "@tokenboard/sdk";

const client = tokenboard.wrap(new GoogleGenAI({ apiKey: process.env.GEMINI_API_KEY }));

const contents = "How far is the moon?";
console.log((await client.models.generateContent({ model: "gemini-2.5-flash", contents })).text);
