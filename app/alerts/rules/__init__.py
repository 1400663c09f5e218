"""Kinds, severities, settings, quiet hours and routing of alerts. No I/O."""

from app.alerts.rules.alerts import Fact, Kind, NewAlert, Severity, State

__all__ = ["Fact", "Kind", "NewAlert", "Severity", "State"]
