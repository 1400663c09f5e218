"""The ledger: calls with their usage and cost and the rollups counted from them; and what providers report.

Owns what a usage object means (rules) and the rows it becomes. Leaves prices to pricing, the way in to ingest and
providers, and every question to analytics.
"""
