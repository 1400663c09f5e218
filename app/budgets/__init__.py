"""Budgets: what may be spent in a period, who is told when, and reservations that hold calls to it.

Owns budgets, their history, which thresholds fired, and what is reserved. Leaves the sums to usage and the telling to
alerts.
"""
