"""What looks wrong in what was spent: spikes, newcomers, calls without a price, failing calls and syncs, credits.

Owns the detectors and when each workspace is looked at. Leaves the figures to the packages below, and telling people to
alerts.
"""
