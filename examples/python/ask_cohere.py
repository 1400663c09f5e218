"""Cohere: a chat."""

import cohere
import tokenboard

client = tokenboard.wrap(cohere.ClientV2())

question = [{"role": "user", "content": "How far is the moon?"}]
print(client.chat(model="command-a-03-2025", messages=question).message.content)
