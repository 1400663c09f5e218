"""What happens by itself: deliveries, syncs, re-pricings, budgets, forecasts, housekeeping.

Owns when and where it happens: the queue and the schedule (PgQueuer's, in PostgreSQL), and the door for schedulers
outside. Leaves what is due, and doing it, to the packages below: what is to be done stands in their tables, and the
queue only says who is at it.
"""
