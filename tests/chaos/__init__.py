"""Faults: real processes are killed, stalled and starved under load; a judge compares what is left with what was sent.

`make chaos` runs it (`python -m tests.chaos --help`). The plan is a pure function of the seed; the senders are a
program of their own that knows exactly what it sent; the judge reads the tables and adds up for itself.
"""
