"""The Vercel AI SDK, watched as its own docs say, sends to TokenBoard: version 6 by itself, 7 by `@ai-sdk/otel`."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator

import pytest

from scripts.setup import SDK_TYPESCRIPT, sdk_packages
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

pytestmark = [
    pytest.mark.timeout(600),  # where the packages are not there yet, they are installed
    pytest.mark.skipif(not shutil.which("npm"), reason="the Vercel AI SDK is installed by npm, and there is none here"),
]


@pytest.fixture(scope="module")
def board(shared_database: str) -> Iterator[Board]:
    sdk_packages()
    with serving(shared_database) as board:
        yield board


@pytest.mark.parametrize("version", ["6", "7"])
async def test_each_call_of_a_model_counts_once_and_what_sums_them_up_never(board: Board, version: str) -> None:
    workspace, key = board.workspace(f"vercel {version}")
    packages = os.fspath(SDK_TYPESCRIPT / "package.json")
    board.run(["node", "programs/vercel.mjs"], key, VERSION=version, PACKAGES=packages)
    # one piece, stream, with the tool's result; the tool; the embedding; the failure
    assert Counter(map(told, board.calls(workspace))) == Counter({CHAT: 3, TOOL: 1, EMBEDDING: 1, FAILED: 1})
    assert about(board, workspace) == WHO
    assert await tables_with_content(board.database) == []
