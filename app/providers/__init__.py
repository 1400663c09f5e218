"""Door two: connections to providers, and what their billing, usage and credit reports say.

Owns credentials, cursors and runs. What the reports say is written to the ledger (`usage`), which owns it.
"""
