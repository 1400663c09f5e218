"""The price book: what each provider asks for each unit, since when, and where we read it.

Owns dated prices, how a model name finds its rows, and the arithmetic from counts to money.
Leaves to others where the counts come from (usage) and what is done with the cost (ingest, analytics).
"""
