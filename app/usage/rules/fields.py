"""Reading single fields of a usage object, strictly: a count is a whole number, and an error names its field."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from app.usage.rules.errors import UsageFieldInvalid

# Larger counts cannot have travelled through JSON unharmed, and no call has that many tokens.
LARGEST: Final = 2**53
# of a value that an error repeats
MAX_SHOWN: Final = 40

_MODALITIES: Final = (("audio_tokens", "audio"), ("image_tokens", "image"), ("video_tokens", "video"))

Holder = Mapping[str, object]
EMPTY: Final[Holder] = {}


def count(holder: Holder, name: str, where: str = "") -> int | None:
    """A whole number from 0 to 2^53; None when absent or null. `where` is the path before the name."""
    value = holder.get(name)
    if value is None:
        return None
    if type(value) is int and 0 <= value <= LARGEST:
        return value
    raise UsageFieldInvalid(f"{where}{name}", _why_no_count(value))


def _why_no_count(value: object) -> str:
    if isinstance(value, float | Decimal):
        return f"must be a whole number, not {str(value)[:MAX_SHOWN]}"
    if isinstance(value, bool) or not isinstance(value, int):
        return f"must be a whole number, not {type(value).__name__}"
    return "must not be negative" if value < 0 else "must not be larger than 2^53"


def whole(holder: Holder, name: str, where: str = "") -> int | None:
    """A count of a vendor whose JSON spells whole numbers as `12.0`."""
    value: object = holder.get(name)
    if isinstance(value, float | Decimal):
        number = Decimal(value)
        if number.is_finite() and abs(number) <= LARGEST and number == number.to_integral_value():
            return count({name: int(number)}, name, where)
    return count(holder, name, where)


def first_count(holder: Holder, *names: str, where: str = "") -> int | None:
    """The first of several spellings that is present."""
    for name in names:
        value = count(holder, name, where)
        if value is not None:
            return value
    return None


def amount(holder: Holder, name: str, where: str = "") -> Decimal | None:
    """A finite decimal from 0 up, for meters and money; None when absent or null.

    JSON numbers with a point arrive as floats; their shortest form is what the sender wrote.
    """
    value = holder.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise UsageFieldInvalid(f"{where}{name}", f"must be a number, not {type(value).__name__}")
    try:
        number = Decimal(repr(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise UsageFieldInvalid(f"{where}{name}", "must be a decimal number") from None
    if not number.is_finite() or number < 0:
        raise UsageFieldInvalid(f"{where}{name}", "must be finite and not negative")
    if number > LARGEST:
        raise UsageFieldInvalid(f"{where}{name}", "must not be larger than 2^53")
    return number


def part(holder: Holder, name: str, where: str = "") -> Holder:
    """A nested object; empty when absent or null."""
    value = holder.get(name)
    if value is None:
        return EMPTY
    if type(value) is dict or isinstance(value, Mapping):  # the first is much faster, and the usual one
        return value
    raise UsageFieldInvalid(f"{where}{name}", f"must be an object, not {type(value).__name__}")


def modalities(details: Holder, where: str = "") -> dict[str, int]:
    """Tokens that are not text. Zeros are left out: most models list modalities they do not have."""
    found: dict[str, int] = {}
    for name, modality in _MODALITIES:
        if name in details:
            tokens = count(details, name, where)
            if tokens:
                found[modality] = tokens
    return found


def items(holder: Holder, name: str, where: str = "") -> list[Holder]:
    """A list of nested objects; empty when absent or null."""
    value = holder.get(name)
    if value is None:
        return []
    if isinstance(value, list | tuple) and all(isinstance(item, Mapping) for item in value):
        return list(value)
    raise UsageFieldInvalid(f"{where}{name}", "must be a list of objects")


def text(holder: Holder, *names: str) -> str | None:
    """The first of several fields that is a non-empty string."""
    for name in names:
        value = holder.get(name)
        if isinstance(value, str) and value:
            return value
    return None
