"""SQL of alerts. Every statement names its workspace, but for the search for work."""

from app.alerts.queries.announcing import take_due, wake_snoozed, workspaces_due
from app.alerts.queries.channels import Whose, keep, remove, way, ways, whose
from app.alerts.queries.raising import count_again, insert, resolve, unresolve, wanted
from app.alerts.queries.reading import (
    Only,
    alert,
    count_unread,
    delete_all,
    delete_resolved,
    mark_read,
    page,
    read_among,
    reopen,
    told_since,
)
from app.alerts.queries.settings import (
    delete_quiet_hours,
    delete_setting,
    keep_quiet_hours,
    keep_setting,
    quiet_hours,
    settings,
)

__all__ = [
    "Only",
    "Whose",
    "alert",
    "count_again",
    "count_unread",
    "delete_all",
    "delete_quiet_hours",
    "delete_resolved",
    "delete_setting",
    "insert",
    "keep",
    "keep_quiet_hours",
    "keep_setting",
    "mark_read",
    "page",
    "quiet_hours",
    "read_among",
    "remove",
    "reopen",
    "resolve",
    "settings",
    "take_due",
    "told_since",
    "unresolve",
    "wake_snoozed",
    "wanted",
    "way",
    "ways",
    "whose",
    "workspaces_due",
]
