from app.core.errors import AppError


class InvalidCredentials(AppError):
    status, code, title = 401, "invalid_credentials", "Email or password is wrong"


class EmailTaken(AppError):
    status, code, title = 409, "email_taken", "There is already an account with this email"


class WrongPassword(AppError):
    status, code, title = 422, "wrong_password", "The current password is wrong"


class SignUpClosed(AppError):
    status, code, title = 403, "sign_up_closed", "Sign-up is closed on this server"
