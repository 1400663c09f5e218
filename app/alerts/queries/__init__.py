"""SQL of alerts. Every statement names its workspace, but for the search for work."""

from app.alerts.queries.raising import count_again, insert, resolve, wanted

__all__ = ["count_again", "insert", "resolve", "wanted"]
