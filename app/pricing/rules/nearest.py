"""Which known model an unknown name resembles most. For estimates and suggestions only, never for a price."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Final, NamedTuple

_DATE: Final = re.compile(r"20\d\d-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12]\d|3[01])")
_BEDROCK_VERSION: Final = re.compile(r"-v\d+(?::\d+)?$")
# a size in parameters is a word of its own, not a version: 70b, 8x7b
_TOKEN: Final = re.compile(r"\d+x\d+b\b|\d+b\b|[a-z]+|\d+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that say nothing about which family a model is of: who hosts it, how it is tuned, what people call deployments.
_NEUTRAL: Final = _words(
    "us eu apac jp au global region models model publishers accounts fireworks hf free latest preview exp experimental "
    "beta instruct chat it turbo v base default standard prod production dev staging stage test demo my our new custom "
    "deployment endpoint api text ai "
    "openai anthropic google amazon aws azure meta mistralai microsoft nvidia cohere deepinfra together xai x z "
    "moonshotai zai alibaba bedrock vertex gateway router openrouter"
)
# Sizes tell siblings apart, but are shared across families.
_SIZES: Final = _words("nano micro mini small medium large xl lite flash pro max plus ultra high low fast")
# What a model is for: one that embeds is never like one that talks.
_PURPOSES: Final = _words(
    "embed embedding embeddings rerank reranker moderation guard tts whisper transcribe transcription speech audio "
    "voice image images imagen video veo sora dall realtime live ocr search research computer translate"
)
# Who makes models comes before who resells them, when both list the same name.
_MAKERS: Final = (
    "openai",
    "anthropic",
    "google",
    "mistral",
    "deepseek",
    "xai",
    "cohere",
    "moonshot",
    "z.ai",
    "alibaba",
)


class Name(NamedTuple):
    """A model's name taken apart: `gpt-5.6-luna` is the words gpt, luna and the version 5, 6."""

    words: tuple[str, ...]
    version: tuple[int, ...]

    @property
    def purposes(self) -> frozenset[str]:
        return frozenset(self.words) & _PURPOSES

    @property
    def families(self) -> frozenset[str]:
        """The words that can tell a family; one letter can only where the name begins with it (`o3`)."""
        telling = (word for word in self.words if word.isalpha() and word not in _SIZES)
        return frozenset(word for word in telling if len(word) > 1 or word == self.words[0])


@dataclass(frozen=True, slots=True)
class Near:
    """A known model, and the words it has in common with the unknown one."""

    provider: str
    model: str
    shared: tuple[str, ...]

    @property
    def why(self) -> str:
        return f"the nearest known name, which also has: {', '.join(self.shared)}"


class Known(NamedTuple):
    """One model of the book, as it is compared."""

    provider: str
    model: str
    name: Name


Index = Mapping[str, Sequence[Known]]


@lru_cache(maxsize=65_536)
def take_apart(model: str) -> Name:
    """The words of a name in their order, and its version; dates, paths and hosts are left out."""
    name = _BEDROCK_VERSION.sub("", model.strip().lower().rsplit("/", 1)[-1])
    tokens = _TOKEN.findall(_DATE.sub("", name))
    return Name(
        tuple(token for token in tokens if not token.isdigit() and token not in _NEUTRAL),
        tuple(int(token) for token in tokens if token.isdigit() and len(token) < 5),
    )


def index(models: Iterable[tuple[str, str]]) -> Index:
    """Known (provider, model) by the words that can tell a family: what `nearest` looks through."""
    found: dict[str, list[Known]] = {}
    for provider, model in models:
        name = take_apart(model)
        for word in name.families:
            found.setdefault(word, []).append(Known(provider, model, name))
    return found


def nearest(provider: str, model: str, known: Index, limit: int = 3) -> list[Near]:
    """The known models that resemble the name most, best first; none rather than one of another kind.

    Those of the same provider come first. Then counts how many words both share, how few only one of them has, how near
    their versions are; of two that are equally near the newer one. `provider` in canonical spelling.
    """
    name = take_apart(model)
    alike = {
        candidate
        for word in name.families
        for candidate in known.get(word, ())
        if (candidate.provider, candidate.model) != (provider, model) and _is_alike(candidate, provider, name)
    }
    ranked = sorted(alike, key=lambda candidate: _rank(candidate, provider, name))
    return [Near(each.provider, each.model, _shared(name, each.name)) for each in ranked[:limit]]


def _is_alike(candidate: Known, provider: str, name: Name) -> bool:
    """For the same purpose; and where only that is in common, at least of the same provider."""
    if candidate.name.purposes != name.purposes:
        return False
    return candidate.provider == provider or bool(candidate.name.families & name.families - _PURPOSES)


def _rank(candidate: Known, provider: str, name: Name) -> tuple[object, ...]:
    ours, theirs = Counter(name.words), Counter(candidate.name.words)
    common = (ours & theirs).total()
    version = candidate.name.version
    return (
        candidate.provider != provider,
        -common,
        ours.total() + theirs.total() - 2 * common,
        *_distance(name.version, version),
        (*(-number for number in version), 1),
        _MAKERS.index(candidate.provider) if candidate.provider in _MAKERS else len(_MAKERS),
        len(candidate.model),
        candidate.provider,
        candidate.model,
    )


def _distance(ours: Sequence[int], theirs: Sequence[int]) -> tuple[int, int]:
    """How early two versions part, and how far apart they are there."""
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False)))
    if same == len(ours) == len(theirs):
        return -same - 1, 0
    gap = (*ours, 0)[same] - (*theirs, 0)[same]
    return -same, abs(gap)


def _shared(ours: Name, theirs: Name) -> tuple[str, ...]:
    return tuple(word for word in dict.fromkeys(ours.words) if word in theirs.words)
