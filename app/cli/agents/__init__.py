"""The session files of coding agents on this machine, one reader each: files in, events out.

Of a line only counts, names, ids and times are taken; what was said is never looked at. The names of calls are those of
`app.ingest.rules.agents`, so that OpenTelemetry and these files tell one call once.
"""
