"""What the questions need beside the database."""

from typing import Annotated

from fastapi import Depends, Request

from app.pricing.shelf import PriceShelf


async def price_shelf(request: Request) -> PriceShelf:
    """The price book of this process, and what workspaces say of their own."""
    shelf: PriceShelf = request.app.state.price_shelf
    return shelf


PriceShelfDep = Annotated[PriceShelf, Depends(price_shelf)]
