"""Re-pricing: past calls at today's prices, as a job with a preview and an undo.

Owns the jobs, their previews and the worker that does them. Leaves what a call costs to pricing, and the calls with
their history and sums to usage.
"""
