import { expect, it } from "vitest";

import { describeAgent } from "./agent";

it.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"],
  [
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0",
    "Edge on Windows",
  ],
  ["Mozilla/5.0 (Macintosh; Intel Mac OS X 15) AppleWebKit Version/19 Safari/605", "Safari on macOS"],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) AppleWebKit Safari/604", "Safari on iOS"],
  ["Mozilla/5.0 (Linux; Android 16) AppleWebKit Chrome/150 Mobile Safari/537", "Chrome on Android"],
  ["python-httpx/0.28.1", "python-httpx"],
  ["", "Unknown client"],
])("%s is %s", (agent, words) => {
  expect(describeAgent(agent)).toBe(words);
});
