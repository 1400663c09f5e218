"""What the questions need beside the database."""

from typing import Annotated

from fastapi import Depends, Request

from app.pricing.service import PriceBook


def price_book(request: Request) -> PriceBook:
    """The price book of this process."""
    book: PriceBook = request.app.state.price_book
    return book


PriceBookDep = Annotated[PriceBook, Depends(price_book)]
