from app.core.errors import AppError


class SlugTaken(AppError):
    status, code, title = 409, "slug_taken", "Another workspace has this slug"


class AlreadyMember(AppError):
    status, code, title = 409, "already_member", "This person is a member already"


class LastOwner(AppError):
    status, code, title = 409, "last_owner", "A workspace needs an owner"


class NoSuchAccount(AppError):
    status, code, title = 422, "no_such_account", "There is no account with this email"


class InvitationNotValid(AppError):
    status, code, title = 410, "invitation_not_valid", "This invitation does not work any more"


class InvitationForAnother(AppError):
    status, code, title = 403, "invitation_for_another", "This invitation is for another address"


class WorkspaceLeaving(AppError):
    """Keys only read a workspace that is to be deleted."""

    status, code, title = 403, "workspace_leaving", "This workspace is to be deleted"
