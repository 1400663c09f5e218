"""Makers of rows and bodies for tests, one file per package."""
