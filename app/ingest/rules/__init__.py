"""From the bytes of a body to events that are ready to be written; no I/O."""
