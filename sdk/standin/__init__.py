"""The vendors' inference endpoints, played from sdk/fixtures: for the tests of both SDKs and for the examples.

`python -m sdk.standin` runs it as a process, `server.Standin` in a thread. Nothing but the standard library is used, so
any Python runs it. How requests choose a fixture, and how faults are asked for, is in sdk/fixtures/README.md.
"""
