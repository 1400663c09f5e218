"""Failures, for clients that read `error` where ours read `detail`."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.core.errors import AppError
from app.core.routing import SmallBodyRoute

# what is refused on purpose: the handlers of these answer with a problem document
Faults = AppError | RequestValidationError | HTTPException


class Refusal(Exception):
    """A failure on its way to a predecessor's client. Passed on, not answered at once, so that nothing is committed."""

    def __init__(self, fault: Faults) -> None:
        super().__init__(str(fault))
        self.fault = fault


class RefusingRoute(SmallBodyRoute):
    """A route whose failures also carry `error`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_or_refuse(request: Request) -> Response:
            try:
                return await answer(request)
            except (AppError, RequestValidationError, HTTPException) as fault:
                raise Refusal(fault) from fault

        return answer_or_refuse


async def answer_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - registered for this class only
    kind = next(kind for kind in (AppError, RequestValidationError, HTTPException) if isinstance(refusal.fault, kind))
    problem: Response = await request.app.exception_handlers[kind](request, refusal.fault)
    content = json.loads(bytes(problem.body))
    kept = {name: value for name, value in problem.headers.items() if not name.startswith("content-")}
    return JSONResponse(
        {**content, "error": content["detail"]}, problem.status_code, headers=kept, media_type=problem.media_type
    )
