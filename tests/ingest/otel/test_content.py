"""Whatever an export holds of prompts, answers and arguments: none of it is kept, told back or logged."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.ingest.rules.otel import to_events, wire
from tests.ingest.otel.conftest import Export
from tests.ingest.otel.exports import chat, make_export, make_span
from tests.ingest.otel.test_logs import logs, record

SECRET = "nobody-may-read-this"
CONTENT = (
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.prompt.0.content",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.definitions",
    "gen_ai.tool.call.arguments",
    "gen_ai.content.prompt",
    "llm.input_messages.0.message.content",
    "llm.output_messages.0.message.content",
    "llm.prompts",
    "llm.invocation_parameters",
    "input.value",
    "output.value",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "ai.prompt",
    "ai.prompt.messages",
    "ai.response.text",
    "ai.response.toolCalls",
    "ai.response.object",
    "ai.value",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.trace.input",
    "pydantic_ai.all_messages",
    "events",
    "db.statement",
    "exception.message",
    "http.request.header.authorization",
)
KINDS: dict[str, dict[str, Any]] = {
    "genai": {},
    "openinference": {"openinference.span.kind": "LLM", "llm.model_name": "gpt-4-0613"},
    "vercel": {"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "gpt-4-0613"},
    "langfuse": {"langfuse.observation.type": "generation"},
    "langsmith": {"langsmith.span.kind": "llm"},
}
IN_JSON = {
    "metadata": f'{{"prompt": "{SECRET}", "deep": {{"a": "{SECRET}"}}}}',
    "ai.response.providerMetadata": f'{{"google": {{"groundingMetadata": "{SECRET}"}}}}',
    "langfuse.observation.usage_details": f'{{"input": 5, "note": "{SECRET}"}}',
    "gen_ai.usage.input_token_details": f"{{'note': '{SECRET}'}}",
    "ai.telemetry.metadata.messages": SECRET,
    "traceloop.association.properties.prompt": SECRET,
}


async def everything_in(session: AsyncSession) -> str:
    """All rows of all tables, as text."""
    names = await session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    dump = [str((await session.execute(text(f'SELECT * FROM "{name}"'))).all()) for (name,) in names]  # noqa: S608
    return "\n".join(dump)


@pytest.mark.parametrize("kind", KINDS)
async def test_content_is_nowhere(
    export: Export, session: AsyncSession, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    said = {name: f"{name} {SECRET}" for name in CONTENT}
    span = make_span(
        {**chat(), **KINDS[kind], **said, **IN_JSON},
        name=f"chat {SECRET}",
        error=True,
        events={"gen_ai.choice": said, "exception": {"exception.type": "E", "exception.stacktrace": SECRET}},
    )
    answers = [
        await export(make_export(span)),
        await export(make_export(make_span({**said, "gen_ai.operation.name": "execute_tool"}))),
        await export(logs(record(attributes=said)), signal="logs"),
        # one that is rejected
        await export(
            make_export(make_span({**said, **chat(**{"gen_ai.response.model": "m" * 300})}, span_id="ab" * 8))
        ),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    kept = await everything_in(session)
    assert "gpt-4" in kept
    assert SECRET not in kept
    assert not any(SECRET in answer.text for answer in answers)
    captured = capsys.readouterr()
    assert SECRET not in captured.out + captured.err


@given(
    name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=60),
    below=st.sampled_from(["gen_ai.", "ai.", "llm.", "langfuse.", "langsmith.", "openinference.", "input.", ""]),
    kind=st.sampled_from(sorted(KINDS)),
)
def test_an_attribute_that_nobody_named_is_not_read(name: str, below: str, kind: str) -> None:
    attributes = {**chat(), **KINDS[kind]}
    if below + name in attributes or (below + name).startswith("langsmith.metadata."):
        return
    with_it, without = (
        to_events(list(wire.spans(make_export(make_span(given)))))
        for given in ({**attributes, below + name: SECRET}, attributes)
    )
    assert SECRET not in str(with_it)
    assert len(with_it) == len(without)
