"""Mistral: a chat completion."""

import os

import tokenboard
from mistralai.client import Mistral

client = tokenboard.wrap(Mistral(api_key=os.environ["MISTRAL_API_KEY"]))

question = [{"role": "user", "content": "How far is the moon?"}]
print(client.chat.complete(model="mistral-large-latest", messages=question).choices[0].message.content)
