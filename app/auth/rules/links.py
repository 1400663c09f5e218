"""Links that are mailed: what each is for, how long it works, and what the mail says."""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """What a link does; each has a page of its own."""

    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - the name of a page


LIFETIME: Final = {Purpose.VERIFY_EMAIL: timedelta(hours=48), Purpose.RESET_PASSWORD: timedelta(hours=1)}


def address(app_url: str, page: str, token: str) -> str:
    """Where a link leads. The token stands behind the #, which browsers send to nobody: no server logs it."""
    return f"{app_url}/{page}#token={token}"


def verification(link: str, app_url: str) -> tuple[str, str]:
    """Subject and text."""
    return "Confirm your email address", (
        f"Somebody, hopefully you, has an account with this address at TokenBoard ({app_url}).\n\n"
        f"Confirm that the address is yours:\n{link}\n\n"
        "The link works once, for 48 hours, where you are signed in to the account. If you have none, "
        "ignore this mail.\n"
    )


def reset(link: str, app_url: str) -> tuple[str, str]:
    """Subject and text."""
    return "Choose a new password", (
        f"Somebody, hopefully you, asked for a new password for your account at TokenBoard ({app_url}).\n\n"
        f"Choose it here:\n{link}\n\n"
        "The link works once, for an hour. If you did not ask, ignore this mail: nothing has changed.\n"
    )


def notice(what: str, app_url: str) -> tuple[str, str]:
    """Subject and text of a mail that tells of a change of how one gets in."""
    return f"TokenBoard: {what}", (
        f"{what[:1].upper()}{what[1:]}, for your account at TokenBoard ({app_url}).\n\n"
        "If it was you, there is nothing to do. If not, choose a new password now, and tell whoever runs your "
        f"TokenBoard:\n{app_url}/forgot-password\n"
    )
