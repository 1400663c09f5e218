"""Why a re-pricing is refused."""

from app.core.errors import AppError


class PricesChanged(AppError):
    status, code, title = 409, "prices_changed", "The prices have changed since the preview"


class NotNow(AppError):
    status, code, title = 409, "repricing_not_ready", "The re-pricing is at another step"


class AnotherAtWork(AppError):
    status, code, title = 409, "repricing_at_work", "Another re-pricing is changing this workspace"


class UndoLaterFirst(AppError):
    status, code, title = 409, "undo_later_first", "A later re-pricing builds upon this one"
