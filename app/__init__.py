"""TokenBoard: what every AI call costs, exactly, and whether the provider's bill agrees."""

__version__ = "0.1.0"
