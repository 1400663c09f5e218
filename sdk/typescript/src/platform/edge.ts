/** Runtimes with the web's APIs only: Cloudflare Workers, Vercel Edge, browsers' workers. */

import { synchronousStorage } from "./platform.js";
import type { Answer, Platform, Storage } from "./platform.js";

type Host = {
  AsyncLocalStorage?: new () => Storage;
  process?: {
    env?: Record<string, string | undefined>;
    getBuiltinModule?: (name: string) => { AsyncLocalStorage?: new () => Storage } | undefined;
  };
};

const host = globalThis as unknown as Host;

export const edgePlatform: Platform = {
  name: "edge",
  sharesPromises: false,
  storage: storage(),
  env: (name) => host.process?.env?.[name],
  fillRandom: (bytes) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>),
  ...(typeof CompressionStream === "function" ? { compress } : {}),
  ...(typeof DecompressionStream === "function" ? { expand } : {}),
  post,
};

/** Vercel Edge has it as a global, Cloudflare as a module of Node's that is asked for without importing it. */
function storage(): Storage {
  try {
    const kind =
      host.AsyncLocalStorage ?? host.process?.getBuiltinModule?.("node:async_hooks")?.AsyncLocalStorage;
    return kind === undefined ? synchronousStorage() : new kind();
  } catch {
    return synchronousStorage();
  }
}

async function compress(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function expand(bytes: Uint8Array): Promise<string> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function post(
  url: string,
  headers: Record<string, string>,
  body: Uint8Array | string,
  timeoutMs: number,
): Promise<Answer> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, timeoutMs);
  try {
    const request = { method: "POST", headers, body: body as BodyInit, signal: controller.signal };
    const response = await fetch(url, request);
    return {
      status: response.status,
      header: (name) => response.headers.get(name),
      body: await response.text(),
    };
  } finally {
    clearTimeout(timer);
  }
}
