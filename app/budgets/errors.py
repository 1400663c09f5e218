from app.core.errors import AppError, Unavailable


class BudgetNameTaken(AppError):
    status, code, title = 409, "budget_name_taken", "There is a budget of that name"


class ReservationEnded(AppError):
    """Its lease ran out, or it was settled or released: nothing is held for it any more."""

    status, code, title = 409, "reservation_ended", "The reservation has ended"


class NoUpperEstimate(AppError):
    """Nobody can say what the call may cost at most."""

    status, code, title = 422, "no_upper_estimate", "The call has no price to reserve by"


class BudgetExhausted(AppError):
    """A budget that holds calls back has not enough left for this one; `extensions` says which, and until when."""

    status, code, title = 402, "budget_exhausted", "The budget does not allow this call"


class TooMuchWaits(Unavailable):
    code, title = "backlog_full", "Too many reservations wait"
