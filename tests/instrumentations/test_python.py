"""Real instrumentations, started as their own docs say, watch the vendors' real clients and send to TokenBoard."""

from collections import Counter
from collections.abc import Iterator

import pytest

from scripts.instrumentations import environment
from scripts.sdk_python import SDK
from tests.instrumentations.board import (
    CHAT,
    EMBEDDING,
    FAILED,
    TOOL,
    WHO,
    Board,
    about,
    serving,
    tables_with_content,
    told,
)

# 200 fresh at 2, 5,000 cached at 0.1, 600 written for 5 minutes at 2.5 and 400 for an hour at 4, 300 out at 10
CLAUDE = ("claude-sonnet-5-5", "0.007", "ok")
# nobody said for how long: all for 5 minutes
CLAUDE_UNTOLD = ("claude-sonnet-5-5", "0.0064", "ok")
# one piece, stream, with the tool's result, `responses`; the tool; the embedding; the failure
OPENAI = Counter({CHAT: 4, TOOL: 1, EMBEDDING: 1, FAILED: 1})

pytestmark = pytest.mark.timeout(600)  # the first run installs the instrumentations


@pytest.fixture(scope="module")
def board(shared_database: str) -> Iterator[Board]:
    with serving(shared_database) as board:
        yield board


async def watched(
    board: Board, group: str, program: str, **more: str
) -> tuple[str, Counter[tuple[str, str | None, str]]]:
    """Run a program; its workspace and its calls. Whatever it sent, nothing of a prompt or an answer was kept."""
    workspace, key = board.workspace(program)
    board.run([environment(group), "-m", f"programs.{program}"], key, **more)
    assert await tables_with_content(board.database) == []
    return workspace, Counter(map(told, board.calls(workspace)))


async def test_opentelemetrys_own(board: Board) -> None:
    workspace, calls = await watched(board, "spans", "genai_openai")
    assert calls == OPENAI
    assert about(board, workspace) == WHO


async def test_opentelemetrys_own_tells_each_call_by_a_log_record_too(board: Board) -> None:
    _, calls = await watched(
        board,
        "spans",
        "genai_openai",
        OTEL_SEMCONV_STABILITY_OPT_IN="gen_ai_latest_experimental",
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT="SPAN_AND_EVENT",
    )
    assert calls == OPENAI


@pytest.mark.parametrize("program", ["openinference", "traceloop"])
async def test_beside_a_client_that_watches_itself(board: Board, program: str) -> None:
    """Anthropic's client writes spans of its own: each call is told twice, with one id of the response."""
    workspace, calls = await watched(board, "spans", program)
    assert calls == OPENAI + Counter({CLAUDE: 3})
    assert about(board, workspace) == WHO


async def test_openlit(board: Board) -> None:
    workspace, calls = await watched(board, "openlit", "openlit_start")
    assert calls == OPENAI + Counter({CLAUDE_UNTOLD: 3})
    assert about(board, workspace) == WHO


async def test_an_agent_is_counted_by_its_calls_and_not_again_by_itself(board: Board) -> None:
    workspace, calls = await watched(board, "spans", "agent")
    assert calls == Counter({CHAT: 2, TOOL: 1})
    assert about(board, workspace) == WHO


@pytest.mark.parametrize("first", ["sdk", "instrumentation"])
async def test_a_call_that_the_sdk_watches_too_counts_once(board: Board, first: str) -> None:
    _, calls = await watched(board, "spans", "both", FIRST=first, PYTHONPATH=str(SDK))
    assert calls == Counter({CHAT: 4, TOOL: 1})
