from app.core.errors import AppError


class BudgetNameTaken(AppError):
    status, code, title = 409, "budget_name_taken", "There is a budget of that name"


class ReservationEnded(AppError):
    """Its lease ran out, or it was settled or released: nothing is held for it any more."""

    status, code, title = 409, "reservation_ended", "The reservation has ended"


class NoUpperEstimate(AppError):
    """Nobody can say what the call may cost at most."""

    status, code, title = 422, "no_upper_estimate", "The call has no price to reserve by"
