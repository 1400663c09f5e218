import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    env: { NO_PROXY: "127.0.0.1,localhost" },
    setupFiles: ["test/setup.ts"],
    globalSetup: ["test/standin.ts"],
  },
});
