"""`python -m sdk.standin --port 0`: play the vendors until stopped; one line of JSON says where."""

import argparse
import json
import signal
import sys
import threading

from sdk.standin.server import Standin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes one that is free")
    server = Standin(parser.parse_args().port)
    stopped = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopped.set())
    sys.stdout.write(json.dumps({"url": server.url, "port": server.port}) + "\n")
    sys.stdout.flush()
    stopped.wait()
    server.stop()


if __name__ == "__main__":
    main()
