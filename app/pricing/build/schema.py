"""Checks the book against `data/prices.schema.json`: the part of JSON Schema that file uses, and nothing more."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

PATH: Final = Path(__file__).parent.parent / "data" / "prices.schema.json"
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}


class SchemaViolated(ValueError):
    """The book does not have the shape its schema asks for."""


def check(book: Any) -> None:
    """Raises SchemaViolated with the first faults and where they stand."""
    schema = json.loads(PATH.read_text(encoding="utf-8"))
    faults = list(_faults(book, schema, schema, "book"))
    if faults:
        raise SchemaViolated("; ".join(faults[:5]))


def _faults(value: Any, schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if "anyOf" in schema:
        if all(any(_faults(value, option, root, at)) for option in schema["anyOf"]):
            yield f"{at}: fits none of the shapes it may have"
        return
    kind = schema.get("type")
    if kind and (not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool))):
        yield f"{at}: is not of type {kind}"
        return
    yield from _plain_faults(value, schema, at)
    if isinstance(value, dict):
        yield from _object_faults(value, schema, root, at)
    if isinstance(value, list):
        yield from _array_faults(value, schema, root, at)


def _plain_faults(value: Any, schema: dict[str, Any], at: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: {value!r} does not match {schema['pattern']}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{at}: {value!r} is below {schema['minimum']}"


def _object_faults(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    yield from (f"{at}: {key} is missing" for key in schema.get("required", ()) if key not in value)
    known = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    names = schema.get("propertyNames")
    if len(value) < schema.get("minProperties", 0):
        yield f"{at}: is empty"
    for key, inner in value.items():
        if names is not None:
            yield from _faults(key, names, root, f"{at}.{key}")
        if key in known:
            yield from _faults(inner, known[key], root, f"{at}.{key}")
        elif others is False:
            yield f"{at}: {key} is not known"
        elif isinstance(others, dict):
            yield from _faults(inner, others, root, f"{at}.{key}")


def _array_faults(value: list[Any], schema: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    first = schema.get("prefixItems", [])
    if len(value) < schema.get("minItems", 0):
        yield f"{at}: has too few items"
    for number, inner in enumerate(value):
        rule = first[number] if number < len(first) else schema.get("items", {})
        if rule is False:
            yield f"{at}[{number}]: is one too many"
        else:
            yield from _faults(inner, rule, root, f"{at}[{number}]")
