"""The prices that a request works with."""

from typing import Annotated

from fastapi import Depends, Request

from app.pricing.shelf import PriceShelf


async def price_shelf(request: Request) -> PriceShelf:
    """The one of this process."""
    shelf: PriceShelf = request.app.state.price_shelf
    return shelf


PriceShelfDep = Annotated[PriceShelf, Depends(price_shelf)]
