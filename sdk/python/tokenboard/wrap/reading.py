"""Reading responses that may be a client's objects or plain JSON, without caring which."""

from collections.abc import Mapping
from typing import Any

_NONE: Mapping[str, Any] = {}
_SCALARS = frozenset((str, int, float, bool, type(None)))


def get(holder: Any, name: str) -> Any:
    """A field of an object or of a mapping; None where there is none."""
    if isinstance(holder, dict):
        return holder.get(name)
    return getattr(holder, name, None)


def extra(holder: Any, name: str) -> Any:
    """A field that the client's class does not know, without the price of asking an object for what it lacks."""
    if isinstance(holder, dict):
        return holder.get(name)
    told = getattr(holder, "__dict__", _NONE).get(name)  # a relative's class may know it
    if told is not None:
        return told
    unknown = getattr(holder, "model_extra", None)
    return unknown.get(name) if unknown else None


def plain(value: Any) -> Any:
    """A client's object as the JSON that it was made of: only fields that came, unknown ones too."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    came = getattr(value, "__pydantic_fields_set__", None)
    if came is None or _is_renamed(value):
        return _dumped(value)
    held = value.__dict__
    fields = {name: plain(held[name]) for name in held if name in came}
    unknown = value.__pydantic_extra__
    return {**fields, **{name: plain(item) for name, item in unknown.items()}} if unknown else fields


_renamed: dict[type, bool] = {}


def _is_renamed(value: Any) -> bool:
    """Whether a field has another name in Python than on the wire."""
    kind = type(value)
    if kind not in _renamed:
        _renamed[kind] = any(field.alias not in (None, name) for name, field in kind.model_fields.items())
    return _renamed[kind]


def _dumped(value: Any) -> Any:
    if hasattr(value, "model_dump"):  # pydantic 2
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if hasattr(value, "dict"):  # pydantic 1
        return value.dict(by_alias=True, exclude_unset=True)
    if hasattr(value, "__dict__"):
        return {name: plain(item) for name, item in vars(value).items() if not name.startswith("_")}
    return str(value)
