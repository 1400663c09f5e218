"""The detectors: each judges what it is given. No I/O."""
