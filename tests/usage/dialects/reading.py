"""Reading a vendor's object as ingest does: from what is kept of it, which must say the same."""

from typing import Any

from app.usage.rules.dialects import read_usage
from app.usage.rules.keeping import worth_keeping
from app.usage.rules.record import UsageRecord


def read(raw: dict[str, Any], provider: str, model: str | None = None, api: str | None = None) -> UsageRecord:
    record = read_usage(raw, provider=provider, api=api, model=model)
    kept = worth_keeping(raw)
    assert read_usage(kept, provider=provider, api=api, model=model) == record
    assert worth_keeping(kept) == kept
    return record


def chat(prompt: int, completion: int, total: int | None = None, **more: Any) -> dict[str, Any]:
    total = prompt + completion if total is None else total
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total, **more}
