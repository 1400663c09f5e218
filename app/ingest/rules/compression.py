"""Decompressing while reading: never more than the limit in memory, whatever the sender claims."""

import zlib
from typing import Final, Protocol

import zstandard

from app.ingest.errors import BodyDamaged, BodyNotSupported, BodyTooLarge
from app.ingest.rules import limits

ENCODINGS: Final = ("gzip", "zstd", "identity")
# `cat a.gz b.gz` is a gzip file too, and the same with zstd; a hundred thousand empty ones are an attack on our time.
MAX_PARTS: Final = 1_000
GZIP_STEP_BYTES: Final = 256 * 1024
# Four bytes of zstd can unfold to 128 KiB: at most 16 MiB from one step.
ZSTD_STEP_BYTES: Final = 512


class Decoder(Protocol):
    """Takes the body piece by piece."""

    def feed(self, data: bytes) -> None:
        """Raises BodyTooLarge as soon as it is, BodyDamaged for what is not of this encoding."""

    def finish(self) -> bytes:
        """The whole body. Raises BodyDamaged when the end is missing."""


def decoder(encoding: str, most: int = limits.MAX_BYTES) -> Decoder:
    """The decoder for a Content-Encoding, of at most so many bytes. Raises BodyNotSupported."""
    match encoding.strip().lower():
        case "" | "identity":
            return Plain(most)
        case "gzip" | "x-gzip":
            return Gzip(most)
        case "zstd":
            return Zstd(most)
    raise BodyNotSupported(
        f"Content-Encoding {encoding[:64]!r} is not known here: send {', '.join(ENCODINGS)} or none."
    )


class _Sink:
    """What came out so far."""

    def __init__(self, most: int) -> None:
        self._parts: list[bytes] = []
        self._most = most
        self.size = 0

    def take(self, part: bytes) -> None:
        self.size += len(part)
        if self.size > self._most:
            self._parts.clear()
            raise BodyTooLarge(f"The body unfolds to more than {self._most // limits.MIB} MiB: send less at once.")
        self._parts.append(part)

    def whole(self) -> bytes:
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)


class Plain:
    """Nothing to do."""

    def __init__(self, most: int = limits.MAX_BYTES) -> None:
        self._sink = _Sink(most)

    def feed(self, data: bytes) -> None:
        self._sink.take(data)

    def finish(self) -> bytes:
        return self._sink.whole()


class Gzip:
    """One gzip file, or several in a row."""

    def __init__(self, most: int = limits.MAX_BYTES) -> None:
        self._sink = _Sink(most)
        self._members = 0
        self._member = self._next_member()

    def feed(self, data: bytes) -> None:
        try:
            while data:
                if self._member.eof:
                    self._member = self._next_member()
                self._sink.take(self._member.decompress(data, GZIP_STEP_BYTES))
                data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        except zlib.error:
            raise BodyDamaged("The body says it is gzip and is not.") from None

    def finish(self) -> bytes:
        if not self._member.eof:
            raise BodyDamaged("The gzip body ends early.")
        return self._sink.whole()

    def _next_member(self) -> "zlib._Decompress":
        self._members += 1
        if self._members > MAX_PARTS:
            raise BodyDamaged(f"The gzip body has more than {MAX_PARTS} members.")
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)


class Zstd:
    """One zstd frame, or several in a row."""

    def __init__(self, most: int = limits.MAX_BYTES) -> None:
        self._sink = _Sink(most)
        self._most = most
        self._frames = 0
        self._frame = self._next_frame()

    def feed(self, data: bytes) -> None:
        try:
            for start in range(0, len(data), ZSTD_STEP_BYTES):
                self._step(data[start : start + ZSTD_STEP_BYTES])
        except zstandard.ZstdError:
            raise BodyDamaged("The body says it is zstd and is not.") from None

    def _step(self, data: bytes) -> None:
        while data:
            if self._frame.eof:
                self._frame = self._next_frame()
            self._sink.take(self._frame.decompress(data))
            data = self._frame.unused_data if self._frame.eof else b""

    def finish(self) -> bytes:
        if not self._frame.eof:
            raise BodyDamaged("The zstd body ends early.")
        return self._sink.whole()

    def _next_frame(self) -> "zstandard.ZstdDecompressionObj":
        self._frames += 1
        if self._frames > MAX_PARTS:
            raise BodyDamaged(f"The zstd body has more than {MAX_PARTS} frames.")
        return zstandard.ZstdDecompressor(max_window_size=self._most).decompressobj()
