"""`python -m app.pricing.build`: rewrite the price book and the list of conflicts."""

import sys

from app.pricing.build.write import BOOK_PATH, CONFLICTS_PATH, build, render_book, render_conflicts


def main() -> None:
    """Build from the installed packages and write both files."""
    book, conflicts = build()
    BOOK_PATH.write_text(render_book(book), encoding="utf-8")
    CONFLICTS_PATH.write_text(render_conflicts(conflicts), encoding="utf-8")
    models = sum(len(entry["models"]) for entry in book["providers"].values())
    sys.stdout.write(f"{BOOK_PATH.name}: version {book['version']}, {models} models\n")
    sys.stdout.write(f"{CONFLICTS_PATH.name}: {len(conflicts)} conflicts\n")


main()
