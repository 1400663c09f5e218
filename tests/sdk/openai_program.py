"""A program that asks a model four times through OpenAI's own client, tracked. Run by the Python of the SDK's tests.

The model is a stand-in in this process. Settings come from `TOKENBOARD_*`.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import openai
import tokenboard

ABOUT: dict[str, Any] = {"id": "chatcmpl-1", "created": 1, "model": "gpt-4o-2024-08-06"}
MESSAGE = {"role": "assistant", "content": "an answer"}
USAGE = {
    "prompt_tokens": 1200,
    "completion_tokens": 300,
    "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 1000},
}


class Model(BaseHTTPRequestHandler):
    """Answers as OpenAI does, in one piece or as a stream; the deployment `broken` does not."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked["model"] == "broken":
            self._answer(400, "application/json", b'{"error": {"message": "no such model"}}')
        elif asked.get("stream"):
            delta = {"index": 0, "delta": MESSAGE, "finish_reason": "stop"}
            chunks: list[dict[str, Any]] = [{"choices": [delta], "usage": None}, {"choices": [], "usage": USAGE}]
            lines = [json.dumps({**ABOUT, "object": "chat.completion.chunk", **each}) for each in chunks]
            self._answer(200, "text/event-stream", "".join(f"data: {line}\n\n" for line in (*lines, "[DONE]")).encode())
        else:
            choice = {"index": 0, "message": MESSAGE, "finish_reason": "stop"}
            whole = {**ABOUT, "object": "chat.completion", "choices": [choice], "usage": USAGE}
            self._answer(200, "application/json", json.dumps(whole).encode())

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        return


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/v1"
    client: Any = tokenboard.wrap(openai.OpenAI(api_key="sk", base_url=address, max_retries=0), provider="openai")
    ask = client.chat.completions.create
    with tokenboard.context(user="c_42", feature="search"):
        ask(model="gpt-4o", messages=[])
        for _ in ask(model="gpt-4o", messages=[], stream=True):
            pass
        client.chat.completions.with_raw_response.create(model="gpt-4o", messages=[])
        try:
            ask(model="broken", messages=[])
        except openai.BadRequestError:
            tokenboard.flush(30)
    assert tokenboard.dropped() == {}, tokenboard.dropped()


if __name__ == "__main__":
    main()
