"""Why something is not done with an alert, a setting or a channel."""

from app.core.errors import AppError, NotFound, Unavailable


class AlertNotFound(NotFound):
    code, title = "alert_not_found", "There is no such alert in this workspace"


class AlertResolved(AppError):
    status, code, title = 409, "alert_resolved", "The alert is resolved"


class AlertGoesOn(AppError):
    status, code, title = 409, "alert_goes_on", "A newer alert tells of the same"


class ChannelNotFound(NotFound):
    code, title = "channel_not_found", "There is no such channel in this workspace"


class ChannelStays(AppError):
    status, code, title = 409, "channel_stays", "This channel cannot be deleted"


class TooManyChannels(AppError):
    status, code, title = 409, "too_many_channels", "There are too many channels"


class NobodyThere(AppError):
    status, code, title = 409, "channel_leads_nowhere", "The channel leads to nobody"


class NothingToSealWith(Unavailable):
    code, title = "no_encryption", "Secrets cannot be kept"
