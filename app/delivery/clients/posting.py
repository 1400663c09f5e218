"""Requests to chats, pagers and webhooks: one POST for each try, nowhere private, and never after a redirect."""

from typing import Final
from urllib.parse import urlsplit

from app.core.http import HttpClient, HttpFailure, HttpRefused, retry_after_seconds
from app.delivery.rules.requests import Outgoing
from app.delivery.rules.tries import Fault, fault_of

ATTEMPT_SECONDS: Final = 20.0


async def post(http: HttpClient, outgoing: Outgoing) -> Fault | None:
    """None: it was taken."""
    try:
        answer = await http.post_once(
            outgoing.url, content=outgoing.body, headers=outgoing.headers, seconds=ATTEMPT_SECONDS
        )
    except HttpFailure as failure:
        return Fault(str(failure).rstrip("."), is_final=isinstance(failure, HttpRefused))
    host = urlsplit(outgoing.url).hostname or ""
    return fault_of(host, answer.status_code, answer.content, retry_after_seconds(answer))
