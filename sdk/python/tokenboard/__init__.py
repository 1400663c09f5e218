"""Tracks what AI calls use and sends it to TokenBoard. The program is never slowed, broken or changed.

import tokenboard
from openai import OpenAI

tokenboard.init(api_key="tb_...", base_url="https://tokenboard.example.com")
client = tokenboard.wrap(OpenAI())
"""

from tokenboard._version import VERSION
from tokenboard.budgets import Budget, BudgetError, BudgetExceeded, BudgetUnavailable
from tokenboard.client import dropped, flush, flushed, init, shutdown, track
from tokenboard.scope import carry, context
from tokenboard.wrap import unwrap, wrap

__version__ = VERSION
__all__ = [
    "Budget",
    "BudgetError",
    "BudgetExceeded",
    "BudgetUnavailable",
    "__version__",
    "carry",
    "context",
    "dropped",
    "flush",
    "flushed",
    "init",
    "shutdown",
    "track",
    "unwrap",
    "wrap",
]
