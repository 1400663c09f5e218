"""The ledger: calls with their usage and cost, and the rollups that are counted from them.

Owns what a usage object means (rules) and the rows it becomes. Leaves prices to pricing, the way in to ingest and
providers, and every question to analytics.
"""
