"""OpenAI's `organization/usage/{kind}`: what was counted, as leaves and meters."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core.periods import Period
from app.providers.clients.answers import Answer, Fields, Params, count, decimal, failure, rows, text
from app.providers.clients.merging import merged_usage
from app.providers.clients.openai_api import WHO, Api, refusal
from app.providers.clients.openai_costs import days_of, question
from app.providers.clients.paging import in_turn, walk
from app.providers.rules.openai_leaves import completions
from app.providers.rules.reports import Page, UsageLine

DAY: Final = timedelta(days=1)
_MOST_BUCKETS: Final = 31
_WHO: Final = ("project_id", "user_id", "api_key_id")
_USUAL: Final = (*_WHO, "model")

_TOKENS: Final = (
    "input_tokens",
    "input_cached_tokens",
    "input_cache_write_tokens",
    "input_audio_tokens",
    "input_image_tokens",
    "input_cached_audio_tokens",
    "input_cached_image_tokens",
    "output_tokens",
    "output_audio_tokens",
    "output_image_tokens",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One usage report. `meter` is what its `field` counts; completions have leaves of their own."""

    name: str
    group_by: tuple[str, ...]
    field: str
    meter: str
    # calls of tools happen inside requests that `completions` counts already
    has_requests: bool = True
    is_level: bool = False


KINDS: Final = (
    Kind("completions", (*_USUAL, "batch", "service_tier"), "input_tokens", ""),
    Kind("embeddings", _USUAL, "input_tokens", "input.fresh.text"),
    Kind("moderations", _USUAL, "input_tokens", "input.fresh.text"),
    Kind("images", (*_USUAL, "size", "source"), "images", "images_out"),
    Kind("audio_speeches", _USUAL, "characters", "characters_in"),
    Kind("audio_transcriptions", _USUAL, "seconds", "audio_in_seconds"),
    Kind("vector_stores", ("project_id",), "usage_bytes", "stored_bytes", has_requests=False, is_level=True),
    Kind("code_interpreter_sessions", ("project_id",), "num_sessions", "tool.code_container_session", False),
    Kind("file_search_calls", (*_WHO, "vector_store_id"), "num_requests", "tool.file_search", False),
    Kind("web_search_calls", (*_USUAL, "context_level"), "num_requests", "tool.web_search", False),
)


def read(api: Api, period: Period) -> AsyncIterator[Page[UsageLine]]:
    """One walk over every report of the period; a report that this organization does not have is passed over."""
    return in_turn(*(_read(api, kind, period) for kind in KINDS))


async def _read(api: Api, kind: Kind, period: Period) -> AsyncIterator[Page[UsageLine]]:
    asked = question(period, kind.group_by, _MOST_BUCKETS)

    async def ask(params: Params) -> Answer:
        return await _ask(api, kind, params)

    async for body, is_last in walk(ask, asked, period, who=WHO):
        yield Page(list(merged_usage(_lines(body, kind, period))), is_last)


async def _ask(api: Api, kind: Kind, params: Params) -> Answer:
    """A page; an empty last one where the report is not known, because some of them are young."""
    path = f"/organization/usage/{kind.name}"
    if any(name == "page" for name, _ in params):
        return await api.read(path, params)
    answer = await api.ask(path, params)
    if answer.status == 404:
        return Answer(200, {}, None)
    if not answer.is_ok:
        raise failure(answer, WHO, refused=refusal(answer))
    return answer


def _lines(body: Fields, kind: Kind, period: Period) -> Iterator[UsageLine]:
    for day, bucket in days_of(body, period):
        for row in rows(bucket, "results", "result"):
            counts = _counts(kind, row)
            if counts:
                yield _line(kind, day, row, counts)


def _counts(kind: Kind, row: Fields) -> Mapping[str, int | Decimal]:
    if kind.name == "completions":
        return completions({name: count(row, name) for name in _TOKENS}, text(row, "model"))
    amount = decimal(row.get(kind.field), WHO)
    return {} if amount is None else {kind.meter: int(amount) if amount == amount.to_integral_value() else amount}


def _line(kind: Kind, day: datetime, row: Fields, counts: Mapping[str, int | Decimal]) -> UsageLine:
    dimensions = {name: text(row, name) for name in kind.group_by}
    return UsageLine(
        endpoint=f"organization/usage/{kind.name}",
        start=day,
        end=day + DAY,
        group_by=kind.group_by,
        dimensions=dimensions,
        counts=counts,
        requests=count(row, "num_model_requests") if kind.has_requests else None,
        project=dimensions.get("project_id"),
        api_key=dimensions.get("api_key_id"),
        user=dimensions.get("user_id"),
        model=dimensions.get("model"),
        is_level=kind.is_level,
    )
