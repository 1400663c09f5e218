from app.core.errors import AppError, NotFound, Unavailable


class DeliveryNotFound(NotFound):
    code, title = "delivery_not_found", "There is no such delivery"


class AlreadySent(AppError):
    status, code, title = 409, "delivery_sent", "It was sent, and its contents are no longer kept"


class NoMail(Unavailable):
    code, title = "mail_not_possible", "Mail cannot be sent here"
