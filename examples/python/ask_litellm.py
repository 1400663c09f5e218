"""LiteLLM: any provider, by its callback."""

import litellm
from tokenboard.litellm import Callback

litellm.callbacks = [Callback()]

question = [{"role": "user", "content": "How far is the moon?"}]
print(litellm.completion(model="anthropic/claude-sonnet-4-5", messages=question).choices[0].message.content)
