"""Every vendor's client, old and new, is held to budgets: it says how large a call is, and makes no refused one."""

from collections.abc import Callable
from typing import Any, NamedTuple

import cohere
import pytest
from google import genai
from sdk.standin.server import Standin

import tokenboard
from tests import test_anthropic, test_bedrock, test_cohere, test_google, test_mistral, test_relatives
from tests.conftest import answer
from tests.test_budgets import EXHAUSTED, Keeper
from tests.test_budgets import keeper as keeper  # a fixture
from tests.vendors import CASES

LIMIT = 77


class Asking(NamedTuple):
    """How a client is made and asked, and what the reservation says of the call."""

    make: Callable[[Standin], Any]
    ask: Callable[[Any], Any]
    provider: str
    model: str
    max_output_tokens: int | None = LIMIT


def _google(call: str) -> Callable[[Any], Any]:
    config = genai.types.GenerateContentConfig(max_output_tokens=LIMIT)
    return lambda client: list(getattr(client.models, call)(**test_google.ASK, config=config))


def _anthropic(client: Any) -> Any:
    return client.messages.create(**{**test_anthropic.ASK, "max_tokens": LIMIT})


def _helped(client: Any) -> Any:
    with client.messages.stream(**{**test_anthropic.ASK, "max_tokens": LIMIT}) as stream:
        return stream.get_final_message()


def _mistral_stream(client: Any) -> Any:
    with client.chat.stream(**test_mistral.ASK, max_tokens=LIMIT) as chunks:
        return list(chunks)


def _converse(client: Any, call: str = "converse") -> Any:
    request = {**test_bedrock.NOVA["body"], "inferenceConfig": {"maxTokens": LIMIT}}
    return getattr(client, call)(modelId=test_bedrock.NOVA["model"], **request)


CLAUDE: str = test_anthropic.ASK["model"]
NOVA: str = test_bedrock.NOVA["model"]
ASKING: dict[str, Asking] = {
    "anthropic": Asking(lambda at: test_anthropic.maker(at)(), _anthropic, "anthropic", CLAUDE),
    "anthropic, helped": Asking(lambda at: test_anthropic.maker(at)(), _helped, "anthropic", CLAUDE),
    "google": Asking(
        lambda at: test_google.maker(at)(),
        lambda client: client.models.generate_content(**test_google.ASK, config={"max_output_tokens": LIMIT}),
        "google",
        test_google.MODEL,
    ),
    "google, streamed": Asking(
        lambda at: test_google.maker(at)(), _google("generate_content_stream"), "google", test_google.MODEL
    ),
    "mistral": Asking(
        lambda at: test_mistral.maker(at)(),
        lambda client: client.chat.complete(**test_mistral.ASK, max_tokens=LIMIT),
        "mistral",
        test_mistral.ASK["model"],
    ),
    "mistral, streamed": Asking(
        lambda at: test_mistral.maker(at)(), _mistral_stream, "mistral", test_mistral.ASK["model"]
    ),
    "cohere": Asking(
        lambda at: test_cohere.maker(at)(),
        lambda client: client.chat(**test_cohere.ASK, max_tokens=LIMIT),
        "cohere",
        test_cohere.ASK["model"],
    ),
    "cohere, streamed": Asking(
        lambda at: test_cohere.maker(at)(),
        lambda client: list(client.chat_stream(**test_cohere.ASK, max_tokens=LIMIT)),
        "cohere",
        test_cohere.ASK["model"],
    ),
    "cohere, first version": Asking(
        lambda at: test_cohere.maker(at, cohere.Client)(),
        lambda client: client.chat(**test_cohere.ASK_1, max_tokens=LIMIT),
        "cohere",
        test_cohere.ASK_1["model"],
    ),
    "cohere, ranking": Asking(
        lambda at: test_cohere.maker(at)(),
        lambda client: client.rerank(**test_cohere.RERANK),
        "cohere",
        test_cohere.RERANK["model"],
        None,
    ),
    "cohere, embeddings": Asking(
        lambda at: test_cohere.maker(at)(),
        lambda client: client.embed(**test_cohere.EMBED, embedding_types=["float"]),
        "cohere",
        test_cohere.EMBED["model"],
        0,
    ),
    "bedrock": Asking(test_bedrock.make, _converse, "aws.bedrock", NOVA),
    "bedrock, streamed": Asking(
        test_bedrock.make, lambda client: list(_converse(client, "converse_stream")["stream"]), "aws.bedrock", NOVA
    ),
    "bedrock, a model's own": Asking(
        test_bedrock.make,
        test_bedrock.invoke,
        "aws.bedrock",
        test_bedrock.CLAUDE["model"],
        test_bedrock.CLAUDE["body"]["max_tokens"],
    ),
    "groq": Asking(
        lambda at: test_relatives.maker(at, "groq")(),
        lambda client: test_relatives.ask("groq", max_tokens=LIMIT)(client),
        "groq",
        CASES["groq/chat"].request["body"]["model"],
    ),
}


@pytest.mark.parametrize("name", ASKING)
def test_a_call_says_its_size_and_its_event_settles_it(name: str, keeper: Keeper, standin: Standin) -> None:
    asking = ASKING[name]
    asking.ask(tokenboard.wrap(asking.make(standin)))
    (asked,) = keeper.of("reserve")
    expected = (asking.provider, asking.model, asking.max_output_tokens)
    assert (asked["provider"], asked["model"], asked.get("max_output_tokens")) == expected
    if asking.max_output_tokens is None:
        assert asked["amount"] == "0"
        assert "reservation_id" not in keeper.event()
    else:
        assert 200 < asked["input_tokens"] < 2000
        assert keeper.event()["reservation_id"] == "r1"


@pytest.mark.parametrize("name", ASKING)
def test_a_refused_call_is_not_made(name: str, keeper: Keeper, standin: Standin) -> None:
    asking = ASKING[name]
    keeper.reserving = [answer(402, EXHAUSTED)] * 9
    with pytest.raises(tokenboard.BudgetExceeded):
        asking.ask(tokenboard.wrap(asking.make(standin)))
    assert len(keeper.of("reserve")) == 1
    assert standin.requests == []
    assert tokenboard.flush(60)
    assert keeper.events == []


async def test_asynchronous_ones_are_refused_too(keeper: Keeper, standin: Standin) -> None:
    keeper.reserving = [answer(402, EXHAUSTED)] * 9
    with pytest.raises(tokenboard.BudgetExceeded):
        await tokenboard.wrap(test_google.maker(standin)()).aio.models.generate_content(**test_google.ASK)
    with pytest.raises(tokenboard.BudgetExceeded):
        await tokenboard.wrap(test_mistral.maker(standin)()).chat.complete_async(**test_mistral.ASK)
    with pytest.raises(tokenboard.BudgetExceeded):
        await tokenboard.wrap(test_cohere.maker(standin, cohere.AsyncClientV2)()).chat(**test_cohere.ASK)
    assert len(keeper.of("reserve")) == 3
    assert standin.requests == []
