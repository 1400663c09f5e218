"""Both servers with reload: the dashboard on port 5173, which passes /api on to the service."""

import os
import signal
import subprocess
import sys
import time

from scripts.machine import BIN, FRONTEND, ROOT, say
from scripts.serving import ServiceFailed, wait_until_healthy

DASHBOARD = "http://localhost:5173"
STOP_SECONDS = 30


def main() -> None:
    """Run both until one ends or Ctrl-C, which the terminal sends to both; leave neither behind."""
    port = os.environ.get("TOKENBOARD_PORT", "8000")
    address = f"http://127.0.0.1:{port}"
    # the browser is at the dashboard's address, so that is the origin the service must know
    environment = {"APP_URL": DASHBOARD, "TOKENBOARD_API": address} | os.environ
    say("starting the service, then the dashboard; both reload, Ctrl-C stops both")
    command = [str(BIN / "tokenboard"), "serve", "--reload", "--port", port]
    servers = [subprocess.Popen(command, cwd=ROOT, env=environment)]
    try:
        wait_until_healthy(servers[0], address)
        vite = [str(FRONTEND / "node_modules" / ".bin" / "vite"), "--clearScreen", "false"]
        servers.append(subprocess.Popen(vite, cwd=FRONTEND, env=environment, stdin=subprocess.DEVNULL))
        while all(server.poll() is None for server in servers):
            time.sleep(0.2)
    except ServiceFailed as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        print(flush=True)
    finally:
        stop(servers)


def stop(servers: list[subprocess.Popen[bytes]]) -> None:
    # a second Ctrl-C must not keep the database from being stopped
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for server in servers:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
    for server in servers:
        server.wait(STOP_SECONDS)


if __name__ == "__main__":
    main()
