"""OpenAI: a streamed chat completion. Its usage is asked for where the host is known to tell it."""

import tokenboard
from openai import OpenAI

client = tokenboard.wrap(OpenAI())

question = [{"role": "user", "content": "How far is the moon?"}]
for chunk in client.chat.completions.create(model="gpt-4o", messages=question, stream=True):
    print(chunk.choices[0].delta.content or "", end="")
print()
