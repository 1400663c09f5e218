"""What mails about workspaces say: subject and text."""

from datetime import datetime


def invitation(workspace: str, inviter: str, role: str, link: str, app_url: str) -> tuple[str, str]:
    return f"{inviter} invites you to {workspace}", (
        f"{inviter} invites you to the workspace {workspace} at TokenBoard ({app_url}), as {role}.\n\n"
        f"Accept here:\n{link}\n\n"
        "The link works once, for seven days. If you do not know what this is about, ignore this mail.\n"
    )


def deletion(workspace: str, at: datetime, app_url: str) -> tuple[str, str]:
    day = f"{at:%Y-%m-%d %H:%M} UTC"
    return f"{workspace} is to be deleted", (
        f"An owner of the workspace {workspace} at TokenBoard ({app_url}) has asked to delete it.\n\n"
        f"Until {day} it can be read, takes no calls, and any owner can restore it in its settings. "
        "Then all of it is deleted for good.\n"
    )
