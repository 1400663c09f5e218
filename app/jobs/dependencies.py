"""Whether it is the scheduler who asks."""

import hmac
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.auth.dependencies import SettingsDep
from app.core.errors import NotAuthenticated, Unavailable

_bearer = HTTPBearer(scheme_name="cron_secret", auto_error=False, description="CRON_SECRET")


def scheduler(settings: SettingsDep, shown: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> None:
    """Raises Unavailable when no secret is set, NotAuthenticated when another is shown."""
    if settings.cron_secret is None:
        raise Unavailable("CRON_SECRET is not set, so no scheduler is let in. Set it to: openssl rand -hex 32")
    expected = settings.cron_secret.get_secret_value()
    # in a time that tells nothing of how much of it was right
    if shown is None or not hmac.compare_digest(shown.credentials.encode(), expected.encode()):
        raise NotAuthenticated("Send the secret of the scheduler: Authorization: Bearer $CRON_SECRET")


SchedulerDep = Depends(scheduler)
