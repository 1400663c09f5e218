"""OpenAI: a response, for a customer."""

import tokenboard
from openai import OpenAI

client = tokenboard.wrap(OpenAI())

with tokenboard.context(user="c_42", feature="search"):
    print(client.responses.create(model="gpt-4o", input="How far is the moon?").output_text)
