// OpenAI: a response, for a customer.
import OpenAI from "openai";
import * as tokenboard from "@tokenboard/sdk";

const client = tokenboard.wrap(new OpenAI());

await tokenboard.context({ user: "c_42", feature: "search" }, async () => {
  const answer = await client.responses.create({ model: "gpt-4o", input: "How far is the moon?" });
  console.log(answer.output_text);
});
