"""Types and pure functions of pricing: units, names, the book's shape, rate cards, one call's cost."""
