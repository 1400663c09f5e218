"""What the SDKs cost the program they watch: `python -m benchmarks.sdk`.

Time added per call on the caller's thread (reading a real client's response included), memory with 100,000 events
queued and nobody to take them, and events per second shipped to a bare server on this machine.
Runs with the newest clients of the SDKs' tests; what it does for Python, `sdk/typescript/bench` does for TypeScript.
"""

import os
import platform
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

CALLS: Final = 20_000
QUEUED: Final = 100_000
NOWHERE: Final = "http://127.0.0.1:9"
CHAT: Final = {
    "id": "chatcmpl-1234567890abcdef",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-5.4-2026-03-05",
    "service_tier": "default",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "word " * 500}}],
    "usage": {
        "prompt_tokens": 1200,
        "completion_tokens": 300,
        "total_tokens": 1500,
        "prompt_tokens_details": {"cached_tokens": 1000, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 100, "audio_tokens": 0},
    },
}


def main() -> None:
    if "--inside" in sys.argv:
        print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
        added()
        queued()
        shipped()
        return
    # not above: where the vendors' clients are, the service's packages are not
    from benchmarks._report import Report, options

    report = Report("sdk", options(__doc__).parse_args().markdown)
    for title, figures in (("Python", python()), ("TypeScript", typescript())):
        report.say(f"{title}:")
        for line in figures:
            report.say(f"- {line}")
    report.finish()


def python() -> list[str]:
    """What this file says where the vendors' clients are."""
    from scripts.sdk_python import SDK, environment

    paths = os.pathsep.join([str(SDK), str(Path.cwd())])
    command = [str(environment("new")), "-m", "benchmarks.sdk", "--inside"]
    return _said(command, Path.cwd(), PYTHONPATH=paths)


def typescript() -> list[str]:
    from scripts.sdk_typescript import SDK, build

    build()
    return _said(["npm", "run", "--silent", "bench"], SDK)


def _said(command: list[str], folder: Path, **settings: str) -> list[str]:
    done = subprocess.run(command, cwd=folder, env=os.environ | settings, stdout=subprocess.PIPE, text=True, check=True)
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]


def added() -> None:
    """The same call with and without the SDK, over a client whose network answers at once."""
    import tokenboard

    tokenboard.init(api_key="tb_bench", base_url=NOWHERE, max_queue_events=10 * CALLS)
    bare, wrapped = _client(), tokenboard.wrap(_client(), provider="openai")
    with tokenboard.context(user="c_42", feature="search"):
        _timed(bare, CALLS // 10)
        _timed(wrapped, CALLS // 10)
        without, within = _timed(bare, CALLS), _timed(wrapped, CALLS)
    for name, share in (("median", 0.5), ("p99", 0.99)):
        costs = [_quantile(times, share) for times in (without, within)]
        print(f"added per call, {name:6}: {(costs[1] - costs[0]) / 1000:7.1f} µs")
    tokenboard.shutdown(0)


def _client() -> Any:
    """A real client, whose `request` answers at once with a real response; what is left is the client's own work."""
    import openai
    from openai.types.chat import ChatCompletion

    client: Any = openai.OpenAI(api_key="sk")
    answer = ChatCompletion.construct(**CHAT)
    response = type("Response", (), {"status_code": 200, "request": type("Request", (), {"headers": {}})})()
    client._process_response = lambda **kwargs: answer  # noqa: SLF001
    client.request = lambda cast_to, options, **kwargs: client._process_response(response=response, retries_taken=0)  # noqa: SLF001
    return client


def _timed(client: Any, calls: int) -> list[int]:
    from openai._models import FinalRequestOptions

    options = FinalRequestOptions.construct(method="post", url="/chat/completions", json_data={"model": "gpt-5.4"})
    clock, times = time.perf_counter_ns, []
    for _ in range(calls):
        started = clock()
        client.request(dict, options)
        times.append(clock() - started)
    return times


def _quantile(times: list[int], share: float) -> int:
    return sorted(times)[int(len(times) * share)]


def queued() -> None:
    """Memory of events that nobody takes."""
    import tokenboard

    tokenboard.init(api_key="tb_bench", base_url=NOWHERE, max_queue_events=QUEUED)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    _track(QUEUED)
    at_once = tracemalloc.get_traced_memory()[0] - before
    tokenboard.flush(10)
    settled = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    print(f"memory of {QUEUED:,} events: {at_once / 1e6:.1f} MB just queued, {settled / 1e6:.1f} MB once packed")
    assert tokenboard.dropped() == {}, tokenboard.dropped()
    tokenboard.shutdown(0)


def shipped() -> None:
    """From the first `track` until the server has all of it."""
    import tokenboard

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    tokenboard.init(api_key="tb_bench", base_url=f"http://127.0.0.1:{server.server_port}", max_queue_events=QUEUED)
    started = time.perf_counter()
    _track(QUEUED)
    assert tokenboard.flush(120)
    print(f"shipped: {QUEUED / (time.perf_counter() - started):,.0f} events/s, tracking included")
    server.shutdown()


def _track(count: int) -> None:
    import tokenboard

    track: Callable[..., Any] = tokenboard.track
    for number in range(count):
        track(
            provider="openai",
            model="gpt-5.4-2026-03-05",
            api="chat.completions",
            latency_ms=812.5,
            user=f"c_{number % 500}",
            provider_response_id=f"chatcmpl-{number}",
            raw_usage=CHAT["usage"],
        )


class _Taker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *args: object) -> None:
        return


if __name__ == "__main__":
    main()
