import { existsSync } from "node:fs";

import { defineConfig } from "@playwright/test";

const chromium = process.env.CHROMIUM ?? "/usr/bin/chromium";

// Whoever runs the journey starts the service and says where it is (see `make e2e`).
export default defineConfig({
  testDir: ".",
  outputDir: "../test-results",
  timeout: 900_000,
  // The page asks for new figures every five seconds.
  expect: { timeout: 60_000 },
  forbidOnly: true,
  workers: 1,
  retries: 0,
  reporter: [["list"]],
  use: {
    baseURL: process.env.BASE_URL ?? "http://127.0.0.1:8000",
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    trace: "retain-on-failure",
    launchOptions: {
      ...(existsSync(chromium) && { executablePath: chromium }),
      // Keeps the browser to itself: nothing leaves the machine.
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
