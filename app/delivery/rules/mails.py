"""A mail to one person."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. `text` is what everybody can read; `html` says the same, prettier.

    One recipient, so that nobody learns of the others.
    """

    to: str
    subject: str
    text: str
    html: str | None = None
