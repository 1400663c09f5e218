"""What a month, or any period, will have cost at its end, with an interval; and how earlier forecasts did.

Owns the method, pure, and what was forecast on each day. Leaves the sums it looks at to usage.
"""
