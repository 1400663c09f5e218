"""How AWS Cost Explorer is asked: signed requests, its refusals in words for people."""

import json
import logging
import re
from collections.abc import Mapping
from typing import Final

from app.core.http import Http
from app.providers.clients.answers import Answer, Fields, ask, failure, text
from app.providers.clients.base import BadAnswer, Credentials, KeyRefused, RateLimited, SourceFailure

WHO: Final = "AWS"
_TARGET: Final = "AWSInsightsIndexService.GetCostAndUsage"
# Cost Explorer answers for all regions of a partition at one address
_REGION: Final = "us-east-1"
_ADDRESS: Final = "https://ce.us-east-1.amazonaws.com"
_CHINA: Final = {"cn-northwest-1": "https://ce.cn-northwest-1.amazonaws.com.cn"}

_POLICY: Final = (
    "An administrator gives its user the permission ce:GetCostAndUsage: IAM > Users > Add permissions > Create inline"
    " policy. In a member account the management account must allow it as well."
)
_REFUSALS: Final = {
    "UnrecognizedClientException": "AWS knows no such access key: it was deleted, switched off or mistyped.",
    "InvalidClientTokenId": "AWS knows no such access key: it was deleted, switched off or mistyped.",
    "InvalidSignatureException": "The secret access key does not belong to this access key id.",
    "SignatureDoesNotMatch": "The secret access key does not belong to this access key id.",
    "ExpiredTokenException": "The session token has ended. Use the access key of an IAM user, which does not end.",
    "AccessDeniedException": f"The access key may not read costs. {_POLICY}",
    "OptInRequired": f"The access key may not read costs. {_POLICY}",
}
_TOO_OFTEN: Final = ("ThrottlingException", "LimitExceededException", "TooManyRequestsException")
_LOST_PLACE: Final = ("InvalidNextTokenException", "RequestChangedException", "BillExpirationException")
NOT_YET: Final = "Cost Explorer has no data yet. It has some about a day after it is first opened in the console."


class AwsAccess:
    """One access key. What is missing or malformed comes out as KeyRefused when it is used."""

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._http = http
        self._credentials = credentials
        self._region = _REGION
        region = credentials.fields.get("region", "").strip()
        if region.startswith("cn-"):
            self._region = "cn-northwest-1"
        self._root = (credentials.base_url or _CHINA.get(self._region, _ADDRESS)).rstrip("/")

    async def query(self, question: Fields) -> Fields:
        """One question, which AWS charges 0.01 USD for. Raises SourceFailure."""
        body = _written(question)
        headers = self._signed(body)
        answer = await ask(self._http, f"{self._root}/", headers, (), who=WHO, method="POST", content=body)
        if answer.is_ok:
            return answer.body
        raise refused(answer)

    def _signed(self, body: bytes) -> Mapping[str, str]:
        """The headers of a request, signed with the secret key, which itself goes nowhere."""
        try:
            from botocore.auth import SigV4Auth
            from botocore.awsrequest import AWSRequest
            from botocore.credentials import Credentials as Keys
        except ImportError:
            raise SourceFailure(
                "This TokenBoard was installed without what signs requests to AWS. Install it with its extra:"
                ' pip install "tokenboard-server[clouds]".'
            ) from None
        # at DEBUG it writes the headers that it signs, and with them the session token
        logging.getLogger("botocore.auth").setLevel(logging.INFO)
        fields = self._credentials.fields
        key_id = fields.get("access_key_id", "").strip()
        if not re.fullmatch(r"\w{8,128}", key_id, re.ASCII):
            raise KeyRefused("AWS needs access_key_id beside the secret access key. It begins with AKIA or ASIA.")
        # a session's token is a secret, too: it comes behind the key, `secret:token`, as no key holds a colon
        secret, _, token = self._credentials.api_key.get_secret_value().partition(":")
        keys = Keys(key_id, secret, token or None)
        headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": _TARGET}
        request = AWSRequest("POST", f"{self._root}/", data=body, headers=headers)
        SigV4Auth(keys, "ce", self._region).add_auth(request)
        return {str(name).lower(): str(value) for name, value in request.headers.items()}


def _written(question: Fields) -> bytes:
    return json.dumps(question, separators=(",", ":")).encode()


def refused(answer: Answer) -> SourceFailure:
    """What a refusal means. AWS says it in a type, mostly with status 400."""
    kind = (text(answer.body, "__type") or "").rpartition("#")[2].partition(":")[0]
    if kind in _REFUSALS:
        return KeyRefused(_REFUSALS[kind])
    if kind in _TOO_OFTEN:
        return RateLimited("AWS asks to wait before the next request.", retry_after_seconds=answer.retry_after_seconds)
    if kind in _LOST_PLACE:
        return BadAnswer("AWS lost its place in the pages. The report is read again from its first page.")
    if kind == "DataUnavailableException":
        return SourceFailure(NOT_YET)
    return failure(answer, WHO, refused=_REFUSALS["AccessDeniedException"])
