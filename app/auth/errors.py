from app.core.errors import AppError


class InvalidCredentials(AppError):
    status, code, title = 401, "invalid_credentials", "Email or password is wrong"


class EmailTaken(AppError):
    status, code, title = 409, "email_taken", "There is already an account with this email"


class WrongPassword(AppError):
    status, code, title = 422, "wrong_password", "The current password is wrong"


class SignUpClosed(AppError):
    status, code, title = 403, "sign_up_closed", "Sign-up is closed on this server"


class LinkNotValid(AppError):
    status, code, title = 410, "link_not_valid", "This link does not work any more"


class SignInFirst(AppError):
    """The link is for an account that nobody, or somebody else, is signed in to; it still works."""

    status, code, title = 403, "sign_in_first", "Sign in to confirm this address"


class EmailNotVerified(AppError):
    status, code, title = 403, "email_not_verified", "Your email address is not confirmed yet"


class SecondFactorRequired(AppError):
    """Where only a password can be shown."""

    status, code, title = 403, "second_factor_required", "This account has a second factor"


class NotHalfWay(AppError):
    """The second factor comes after the first."""

    status, code, title = 401, "sign_in_again", "Begin with your password"


class WrongCode(AppError):
    status, code, title = 422, "wrong_code", "The code is wrong"


class SecondFactorOn(AppError):
    status, code, title = 409, "second_factor_on", "The second factor is on already"


class SecondFactorOff(AppError):
    status, code, title = 409, "second_factor_off", "There is no second factor"


class NoSuchProvider(AppError):
    status, code, title = 404, "no_such_provider", "Nobody signs in that way here"


class ProviderFailed(AppError):
    """The identity provider did not answer, or not as it should; its own words stay in the log."""

    status, code, title = 502, "sign_in_failed", "The sign-in there did not work"


class SignInCancelled(AppError):
    status, code, title = 403, "sign_in_cancelled", "The sign-in was not finished"


class SignInExpired(AppError):
    """The journey's cookie is not there, has run out, or belongs to another journey."""

    status, code, title = 403, "sign_in_expired", "The sign-in took too long"


class NoVerifiedEmail(AppError):
    """The provider vouches for no address."""

    status, code, title = 403, "no_verified_email", "That account has no confirmed email address"


class AccountNotVerified(AppError):
    """There is an account with the address, and nobody has shown yet that it is theirs."""

    status, code, title = 403, "account_not_verified", "There is an account with this address that is not confirmed"


class IdentityTaken(AppError):
    status, code, title = 409, "identity_taken", "Another account signs in with that already"


class LastWayIn(AppError):
    status, code, title = 409, "last_way_in", "You could not sign in any more"
