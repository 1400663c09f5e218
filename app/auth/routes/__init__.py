"""Everything about getting in."""

from fastapi import APIRouter

from app.auth.routes import account, identities, mailed, signing_in
from app.auth.routes.signing_in import login, logout, register

__all__ = ["login", "logout", "register", "router"]

router = APIRouter()
for part in (signing_in, mailed, account, identities):
    router.include_router(part.router)
