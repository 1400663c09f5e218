"""Who the company is, and what it did on each day. The same seed and days give the same calls."""
