"""Forecasts: the method, what is kept of it, and how it is judged."""
