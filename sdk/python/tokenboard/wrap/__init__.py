"""`tokenboard.wrap`: a vendor's own client, tracked.

How a vendor's file is written
------------------------------
A vendor is one small file here, named in `_VENDORS` below. It defines

- `instrument(client, wishes)`: put measuring functions onto this one instance. Twice is once.
- `remove(client)`: take them away again.

and nothing of it imports the vendor's package: it is chosen by the module that the client's class comes from, and
reads what it is given.

1. Say how each kind of call is read: an `Operation` (core.py) with a function from the whole response to fields of an
   event (`model`, `raw_usage`, `provider_response_id`, `service_tier`, ...), and for streams a `StreamReader` that
   sees every chunk. Both are given the client's objects, or plain JSON where the program reads the response itself,
   so use `get`, `extra` and `plain` of reading.py. `raw_usage` is the vendor's usage object as it came; never a
   prompt, never an answer. A reader may raise: the program does not notice, the call is recorded without usage, and
   that is counted.
2. Say which call is which:
   - clients made by Stainless (OpenAI, Anthropic, Groq, Together): a `stainless.Vendor` with a function from HTTP
     method and path to the operation. Streams, raw responses, `with_options` and retries are taken care of. See
     openai.py.
   - others: `patching.patch(resource, "method", start, finish)` for each method. `start` gets the arguments and answers
     `core.begin(OPERATION, {"provider": ..., "base_url": ..., "requested_model": ...}, wishes, body)`, with the
     request's JSON; `finish` gets the call and the result; for a stream it answers one whose iterator is a `Watched` or
     `WatchedAsync` (watching.py), else it calls `call.returned(result)`.
3. Test it in `tests/` with the vendor's real client: its result and requests are the same with and without us.
"""

from importlib import import_module
from typing import Any, Final, TypeVar

from tokenboard.log import log
from tokenboard.wrap.core import Wishes

T = TypeVar("T")

_VENDORS: Final = {
    "openai": "tokenboard.wrap.openai",
    "anthropic": "tokenboard.wrap.anthropic",
    "google.genai": "tokenboard.wrap.google",
    "mistralai": "tokenboard.wrap.mistral",
    "mistralai_azure": "tokenboard.wrap.mistral",
    "cohere": "tokenboard.wrap.cohere",
    "groq": "tokenboard.wrap.relatives",
    "together": "tokenboard.wrap.relatives",
    "botocore": "tokenboard.wrap.bedrock",
}
"""The package that a client's class comes from, and the file here that knows it."""


def wrap(
    client: T, *, provider: str | None = None, stream_usage: bool | None = None, enforce_budgets: bool | None = None
) -> T:
    """Track all calls of a vendor's client, which is the object that is answered.

    `provider` names who serves it where its address does not (a proxy, a gateway). `stream_usage` says, for this
    client, whether OpenAI chat streams are asked for their usage; without it known hosts are. `enforce_budgets` says,
    for this client, whether each call must be within its budgets to be made, else it raises `BudgetExceeded`.
    A client of no known kind is answered as it is, with a warning in the log.
    """
    try:
        vendor = _vendor_of(client)
        if vendor is None:
            log.warning("%s is no client that can be wrapped; its calls are not tracked", type(client).__name__)
        else:
            vendor.instrument(client, Wishes(provider, stream_usage, enforce_budgets))
    except Exception:
        log.warning("%s could not be wrapped; its calls are not tracked", type(client).__name__, exc_info=True)
    return client


def unwrap(client: T) -> T:
    """Stop tracking this client."""
    try:
        vendor = _vendor_of(client)
        if vendor is not None:
            vendor.remove(client)
    except Exception:
        log.debug("%s could not be unwrapped", type(client).__name__, exc_info=True)
    return client


def _vendor_of(client: object) -> Any:
    """The file that knows this client, or a class that it is made from."""
    for kind in type(client).__mro__:
        names = kind.__module__.split(".")
        for package in (names[0], ".".join(names[:2])):
            if package in _VENDORS:
                return import_module(_VENDORS[package])
    return None
