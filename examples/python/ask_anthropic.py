"""Anthropic: a message."""

import tokenboard
from anthropic import Anthropic

client = tokenboard.wrap(Anthropic())

question = [{"role": "user", "content": "How far is the moon?"}]
print(client.messages.create(model="claude-sonnet-5-5", max_tokens=200, messages=question).content)
