"""How Azure is asked: the sign-in of an app registration, its scope, its refusals in words for people."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from app.core.http import Http
from app.providers.clients.answers import Answer, failure, text
from app.providers.clients.base import Credentials, KeyRefused, SourceFailure
from app.providers.clients.tokens import BearerToken, post_form

WHO: Final = "Azure"
_API_VERSION: Final = "2025-03-01"
ADDRESS: Final = "https://management.azure.com"
Place = tuple[str, tuple[tuple[str, str], ...]]  # an address and its parameters

_SIGN_IN: Final = {
    ADDRESS: "https://login.microsoftonline.com",
    "https://management.usgovcloudapi.net": "https://login.microsoftonline.us",
    "https://management.chinacloudapi.cn": "https://login.partner.microsoftonline.cn",
}
_SEGMENT: Final = re.compile(r"(?!\.+$)[\w.():~ -]+", re.ASCII)
_WHY: Final = {
    "AADSTS7000215": "the client secret is wrong: take the secret's value, not its id",
    "AADSTS7000222": "the client secret has expired: make a new one under Certificates & secrets",
    "AADSTS700016": "there is no app registration with this client id in this tenant",
    "AADSTS90002": "there is no such tenant: take the Directory (tenant) ID",
    "AADSTS900023": "the tenant id is not one: take the Directory (tenant) ID",
}


class AzureAccess:
    """One app registration on one scope. Fields that are missing or malformed come out as KeyRefused when used."""

    def __init__(self, http: Http, credentials: Credentials) -> None:
        self._http = http
        self._credentials = credentials
        self._root = (credentials.base_url or ADDRESS).rstrip("/")
        self._token = BearerToken(self._sign_in, WHO)

    @property
    def scope(self) -> str:
        """`/subscriptions/...`; a bare id is taken as a subscription's."""
        parts = self._field("scope").strip("/").split("/")
        if not all(_SEGMENT.fullmatch(part) for part in parts):
            raise KeyRefused("The scope must look like /subscriptions/<id>, with /resourceGroups/<name> or without.")
        return "/" + "/".join(parts if len(parts) > 1 else ("subscriptions", *parts))

    @property
    def group_by(self) -> tuple[str, str]:
        """Two dimensions are allowed, and resources are only told below a subscription."""
        is_below = self.scope.lower().startswith("/subscriptions/")
        return "Meter", "ResourceId" if is_below else "ResourceGroupName"

    def first_page(self) -> Place:
        path = quote(self.scope, safe="/:()~")
        return f"{self._root}{path}/providers/Microsoft.CostManagement/query", (("api-version", _API_VERSION),)

    def own(self, link: str) -> Place:
        """The next page at the address that we ask, wherever the link points: the token goes nowhere else."""
        address, _, query = link.partition("?")
        if not address.startswith(f"{self._root}/"):
            address = f"{self._root}/{urlsplit(address).path.lstrip('/')}"
        return address, tuple(parse_qsl(query))

    async def headers(self) -> Mapping[str, str]:
        return await self._token.headers()

    async def _sign_in(self) -> Answer:
        # a gateway, or a stand-in, answers the sign-in itself
        url = f"{_SIGN_IN.get(self._root, self._root)}/{quote(self._field('tenant_id'), safe='')}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": self._field("client_id"),
            "client_secret": self._credentials.api_key.get_secret_value(),
            "scope": f"{self._root if self._root in _SIGN_IN else ADDRESS}/.default",
        }
        answer = await post_form(self._http, url, form, who=WHO)
        if answer.is_ok:
            return answer
        if 400 <= answer.status < 500 and answer.status != 429:
            raise KeyRefused(f"Azure refused the sign-in: {_why(answer)}.")
        raise failure(answer, WHO, refused="")

    def _field(self, name: str) -> str:
        value = self._credentials.fields.get(name, "").strip()
        if not value:
            raise KeyRefused(f"Azure needs {name}: tenant_id and client_id of an app registration, and a scope.")
        return value


def _why(answer: Answer) -> str:
    said = text(answer.body, "error_description") or ""
    code = re.match(r"AADSTS\d+", said)
    known = _WHY.get(code[0]) if code else None
    return known or f"check tenant, client id and secret ({code[0] if code else answer.status})"


def refused(answer: Answer, scope: str) -> SourceFailure:
    """What a failed query means, and what to do."""
    if answer.status in (401, 403):
        return KeyRefused(
            f"The app registration may not read the costs of {scope}. Give it the role Cost Management Reader there:"
            " Access control (IAM) > Add role assignment."
        )
    if answer.status == 404:
        return KeyRefused(f"Azure knows no scope {scope}, or the app registration sees nothing of it. Check the scope.")
    return failure(answer, WHO, refused="")
