"""Tools that a provider ran for an OpenAI-shaped call and bills by their number."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from app.usage.rules import fields
from app.usage.rules.dialects.envelope import Envelope
from app.usage.rules.fields import Holder

Meters = dict[str, Decimal]

_XAI: Final = {
    "web_search": "tool.web_search",
    "x_search": "tool.x_search",
    "code_interpreter": "tool.code_execution",
    "code_execution": "tool.code_execution",
    "file_search": "tool.collection_search",
    "collections_search": "tool.collection_search",
    "document_search": "tool.attachment_search",
    "attachment_search": "tool.attachment_search",
}
_XAI_ENUM: Final = "server_side_tool_"
_MISTRAL: Final = {
    "web_search": "tool.web_search",
    "web_search_premium": "tool.web_search",
    "code_interpreter": "tool.code_execution",
    "document_library": "tool.file_search",
    "image_generation": "images_out",
}
_ALWAYS_SEARCHES: Final = re.compile(r"(?:^|/)gpt-[\w.-]*-search-(?:preview|api)")
# The search tool and its older version, by the names that a response repeats from its request.
WEB_SEARCH: Final = "web_search"
PREVIEW_SEARCH: Final = "web_search_preview"
_SEARCHES: Final = frozenset(("server_tool_use", "server_tool_use_details"))
_PERPLEXITY: Final = {
    "web_search": "tool.web_search",
    "search_web": "tool.web_search",
    "fetch_url": "tool.web_fetch",
    "fetch_url_content": "tool.web_fetch",
}


def tools_used(usage: Holder, envelope: Envelope) -> Meters:
    """Calls of tools by their unit; only what was called at all, and the request itself where it has a fee."""
    if envelope.provider == "xai":
        return _xai(usage) or _output_items(envelope.response)
    if envelope.provider == "perplexity":
        return _perplexity(usage, envelope)
    if "prompt_tokens" in usage and always_searches((envelope.model_for_rules or "").lower()):
        return {"tool.web_search": Decimal(1)}
    counted = _by_name(usage, "connectors", _MISTRAL) if envelope.provider == "mistral" else _web_searches(usage)
    return counted or {**_requests(envelope.response), **_output_items(envelope.response)}


def always_searches(model: str) -> bool:
    """Whether the model, in lower case, searches before each answer; nothing in a response says that it did."""
    return _ALWAYS_SEARCHES.search(model) is not None


def search_facts(response: Holder) -> dict[str, str]:
    """Which version of the search tool was used, where the response repeats its tools."""
    tools = response.get("tools")
    kinds = [str(tool.get("type")) for tool in tools if isinstance(tool, Mapping)] if isinstance(tools, list) else []
    searching = [kind for kind in kinds if kind.startswith(WEB_SEARCH)]
    if not searching:
        return {}
    return {"search_tool": "preview" if searching[0].startswith(PREVIEW_SEARCH) else "current"}


def _by_name(usage: Holder, name: str, units: Mapping[str, str]) -> Meters:
    """Counts by the vendor's names; a name that we do not know is not a fee we could price."""
    holder = fields.part(usage, name)
    meters: Meters = {}
    for tool, unit in units.items():
        count = fields.count(holder, tool, f"{name}.")
        if count:
            meters[unit] = meters.get(unit, Decimal(0)) + count
    return meters


def _web_searches(usage: Holder) -> Meters:
    """OpenRouter and others keep Anthropic's words for the searches of a model's own."""
    if _SEARCHES.isdisjoint(usage):
        return {}
    used = fields.part(usage, "server_tool_use") or fields.part(usage, "server_tool_use_details")
    searches = fields.count(used, "web_search_requests", "server_tool_use.")
    return {"tool.web_search": Decimal(searches)} if searches else {}


def _xai(usage: Holder) -> Meters:
    """Three spellings: counts as `web_search_calls`, counts by the name of the enumeration, a list of those names."""
    details = _by_name(usage, "server_side_tool_usage_details", {f"{tool}_calls": unit for tool, unit in _XAI.items()})
    if details:
        return details
    meters: Meters = {}
    for name, count in _xai_names(usage):
        unit = _XAI.get(name.lower().removeprefix(_XAI_ENUM).removesuffix("_calls"))
        if unit and count:
            meters[unit] = meters.get(unit, Decimal(0)) + count
    return meters


def _xai_names(usage: Holder) -> Iterator[tuple[str, int]]:
    used = fields.part(usage, "server_side_tool_usage")
    for name in used:
        yield name, fields.count(used, name, "server_side_tool_usage.") or 0
    listed = usage.get("server_side_tools_used")
    for name in listed if isinstance(listed, list | tuple) else ():
        yield str(name), 1


def _perplexity(usage: Holder, envelope: Envelope) -> Meters:
    """Deep research is charged by the search, the others by the request, and the newer API by the tool call."""
    details = fields.part(usage, "tool_calls_details")
    if details:
        counts = {
            name: fields.count(fields.part(details, name), "invocation", f"tool_calls_details.{name}.")
            for name in _PERPLEXITY
        }
        return {_PERPLEXITY[name]: Decimal(count) for name, count in counts.items() if count}
    if "prompt_tokens" not in usage:
        return {}
    searches = fields.count(usage, "num_search_queries")
    model = envelope.model_for_rules or ""
    if searches is None or ("sonar" in model and "deep-research" not in model):
        return {"requests": Decimal(1)}
    return {"tool.web_search": Decimal(searches)}


def _output_items(response: Holder) -> Meters:
    """Fees that stand in no usage object: counted from the output items, where the whole response was sent."""
    output = response.get("output")
    if not isinstance(output, list | tuple):
        return {}
    calls = [item for item in output if isinstance(item, Mapping)]
    containers = {fields.text(item, "container_id") for item in calls if item.get("type") == "code_interpreter_call"}
    counted = {
        "tool.web_search": sum(1 for _ in _searches(calls)),
        "tool.file_search": sum(item.get("type") == "file_search_call" for item in calls),
        "tool.code_container_session": len(containers),
    }
    return {unit: Decimal(count) for unit, count in counted.items() if count}


def _requests(response: Holder) -> Meters:
    """Searches as a newer response counts them itself: taken where it was sent without its output items."""
    if "tool_usage" not in response:
        return {}
    used = fields.part(fields.part(response, "tool_usage"), "web_search", "tool_usage.")
    searches = fields.count(used, "num_requests", "tool_usage.web_search.")
    return {"tool.web_search": Decimal(searches)} if searches else {}


def _searches(calls: list[Holder]) -> Iterator[Holder]:
    """Web searches; opening or looking through a page that was found is not charged."""
    for item in calls:
        if item.get("type") == "web_search_call":
            action = item.get("action")
            kind = fields.text(action, "type") if isinstance(action, Mapping) else None
            if kind in (None, "search"):
                yield item
