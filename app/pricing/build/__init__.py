"""Makes `data/prices.json` from two public sources and our own corrections; never runs inside the service.

Reads the pinned packages genai-prices and litellm (their data only, nothing of litellm is imported), merges them by
a stated trust per provider, and writes down every disagreement. `python -m app.pricing.build` rewrites the files.
"""
