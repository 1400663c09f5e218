import { fileURLToPath } from "node:url";

import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env.TOKENBOARD_API ?? "http://127.0.0.1:8000";

// The policy the server sends (app/main.py); `vite preview` sends it too, so that a breach shows early.
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  server: { port: 5173, proxy: { "/api": api } },
  preview: {
    port: 4173,
    proxy: { "/api": api },
    headers: { "Content-Security-Policy": contentSecurityPolicy },
  },
  build: {
    target: "es2022",
    manifest: true,
    // Fonts and icons stay files: the policy allows no data: fonts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  test: {
    environment: "jsdom",
    environmentOptions: { jsdom: { url: "http://localhost:3000" } },
    setupFiles: ["src/testing/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
