"""OpenAI, held to budgets: what the call may cost at most is reserved before it is made, or it is not made."""

import tokenboard
from openai import OpenAI

client = tokenboard.wrap(OpenAI(), enforce_budgets=True)

try:
    print(client.responses.create(model="gpt-4o", input="How far is the moon?", max_output_tokens=400).output_text)
except tokenboard.BudgetExceeded as refused:
    print(f"{refused.budget_name} has ${refused.remaining} left until {refused.resets_at:%d %B}")
