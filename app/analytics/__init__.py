"""Questions asked of the ledger: summary, trend, breakdown, calls.

Reads only and owns no table; `queries` is its public face. Dashboards read rollups, only `calls`
reads events. How each figure is computed stands in docs/figures.md.
"""
