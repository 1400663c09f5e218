"""One's own account: name, password, address, second factor."""

from http import HTTPStatus

from fastapi import APIRouter

from app.auth import links, second_factor, service
from app.auth.dependencies import CurrentSignIn, CurrentUser, EntranceDep
from app.auth.schemas import (
    CodeIn,
    DisableIn,
    EnrolmentOut,
    PasswordIn,
    PasswordProofIn,
    ProfileIn,
    RecoveryCodesOut,
    SecondFactorOut,
    UserOut,
)
from app.core.database import SessionDep
from app.core.routing import SmallBodyRoute

router = APIRouter(prefix="/api/v1/me", tags=["account"], route_class=SmallBodyRoute)


@router.patch("")
async def update_me(body: ProfileIn, user: CurrentUser, session: SessionDep) -> UserOut:
    return UserOut(user=await service.rename(session, user.id, body.name))


@router.post("/password", status_code=HTTPStatus.NO_CONTENT)
async def change_password(
    body: PasswordIn, signed_in: CurrentSignIn, session: SessionDep, entrance: EntranceDep
) -> None:
    """Ends the caller's other sessions."""
    current, new = body.current_password.get_secret_value(), body.new_password.get_secret_value()
    await service.change_password(session, entrance, signed_in, current=current, new=new)


@router.post("/email/verification", status_code=HTTPStatus.ACCEPTED)
async def send_verification(user: CurrentUser, session: SessionDep, entrance: EntranceDep) -> None:
    """Mails a link that confirms the address; nothing when it is confirmed."""
    await links.ask_verification(session, entrance, user)


@router.get("/second-factor")
async def read_second_factor(user: CurrentUser, session: SessionDep) -> SecondFactorOut:
    return SecondFactorOut.of(await second_factor.state(session, user.id))


@router.post("/second-factor", status_code=HTTPStatus.CREATED)
async def prepare_second_factor(
    body: PasswordProofIn, signed_in: CurrentSignIn, session: SessionDep, entrance: EntranceDep
) -> EnrolmentOut:
    """A secret for an authenticator app, shown this once. It counts after `second-factor/confirm`."""
    return EnrolmentOut.model_validate(await second_factor.prepare(session, entrance, signed_in, body.plain))


@router.post("/second-factor/confirm")
async def confirm_second_factor(
    body: CodeIn, signed_in: CurrentSignIn, session: SessionDep, entrance: EntranceDep
) -> RecoveryCodesOut:
    """Turns it on with a first code. The recovery codes are in this answer and nowhere else."""
    return RecoveryCodesOut(codes=await second_factor.confirm(session, entrance, signed_in, body.code))


@router.post("/second-factor/recovery-codes")
async def renew_recovery_codes(
    body: CodeIn, signed_in: CurrentSignIn, session: SessionDep, entrance: EntranceDep
) -> RecoveryCodesOut:
    """Ten new ones; those of before end."""
    return RecoveryCodesOut(codes=await second_factor.renew_codes(session, entrance, signed_in, body.code))


@router.post("/second-factor/disable", status_code=HTTPStatus.NO_CONTENT)
async def disable_second_factor(
    body: DisableIn, signed_in: CurrentSignIn, session: SessionDep, entrance: EntranceDep
) -> None:
    await second_factor.disable(session, entrance, signed_in, body.plain, body.code)
