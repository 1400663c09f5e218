// OpenAI, held to budgets: what the call may cost at most is reserved before it is made, or it is not made.
import OpenAI from "openai";
import * as tokenboard from "@tokenboard/sdk";

const client = tokenboard.wrap(new OpenAI(), { enforceBudgets: true });

try {
  const asked = { model: "gpt-4o", input: "How far is the moon?", max_output_tokens: 400 };
  console.log((await client.responses.create(asked)).output_text);
} catch (error) {
  if (!(error instanceof tokenboard.BudgetExceeded)) throw error;
  console.log(`${error.budgetName} has $${error.remaining} left until ${error.resetsAt.toDateString()}`);
}
