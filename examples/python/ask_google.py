"""Google: Gemini by google-genai."""

import tokenboard
from google import genai

client = tokenboard.wrap(genai.Client())

print(client.models.generate_content(model="gemini-2.5-flash", contents="How far is the moon?").text)
