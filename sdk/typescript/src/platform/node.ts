/** Node, Bun and Deno. */

import { AsyncLocalStorage } from "node:async_hooks";
import { webcrypto } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import { promisify } from "node:util";
import * as zlib from "node:zlib";

import type { Answer, Platform, Values } from "./platform.js";

const gzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip);
const gunzip = promisify<zlib.InputType, Buffer>(zlib.gunzip);
const LONGEST_ANSWER = 4 * 1024 * 1024;
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

export const nodePlatform: Platform = {
  name: "node",
  sharesPromises: true,
  storage: new AsyncLocalStorage<Values>(),
  env: (name) => process.env[name],
  fillRandom: (bytes) => webcrypto.getRandomValues(bytes),
  compress: (text) => gzip(text, { level: 4 }),
  expand: async (bytes) => (await gunzip(bytes)).toString(),
  post,
  beforeEnd,
};

const agents = new Map<string, http.Agent>();

function agentOf(url: URL, isAwaited: boolean): http.Agent {
  const key = `${url.protocol}${isAwaited ? "awaited" : ""}`;
  let agent = agents.get(key);
  if (agent === undefined) {
    // Node 24 and newer take proxies from the environment when told to; older ones know no such option
    const options = {
      keepAlive: true,
      maxSockets: isAwaited ? 32 : 2,
      proxyEnv: process.env,
    } as http.AgentOptions;
    agent = url.protocol === "https:" ? new https.Agent(options) : new http.Agent(options);
    agents.set(key, agent);
  }
  return agent;
}

/** By `node:http` and not `fetch`: its sockets can be kept from keeping the program alive, and nobody patches it. */
function post(
  address: string,
  headers: Record<string, string>,
  body: Uint8Array | string,
  timeoutMs: number,
  isAwaited = false,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const url = new URL(address);
    const ask = url.protocol === "https:" ? https.request : http.request;
    const size = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
    const options = {
      method: "POST",
      agent: agentOf(url, isAwaited),
      headers: { ...headers, "content-length": size },
    };
    const request = ask(url, options, (response) => {
      readAnswer(response)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
    const timer = setTimeout(() => request.destroy(new Error("timeout")), timeoutMs);
    if (!isAwaited) {
      unref(timer);
      request.on("socket", unref);
    }
    request.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.end(body);
  });
}

async function readAnswer(response: http.IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= LONGEST_ANSWER) parts.push(part);
  }
  return {
    status: response.statusCode ?? 0,
    header: (name) => {
      const value = response.headers[name];
      return typeof value === "string" ? value : null;
    },
    body: Buffer.concat(parts).toString(),
  };
}

function unref(holder: unknown): void {
  (holder as { unref?: () => void }).unref?.();
}

/**
 * A natural end is put off by what `flush` waits for. A signal that nobody listens to would end the process at once: then it
 * ends it after the flush, by the same signal. Where the program listens, the end is its own.
 */
function beforeEnd(flush: () => Promise<unknown>): () => void {
  const atEnd = (): void => void flush();
  const atSignal = (signal: NodeJS.Signals): void => {
    const isOurs = process.listenerCount(signal) === 1;
    stop();
    void flush().finally(() => {
      if (isOurs) process.kill(process.pid, signal);
    });
  };
  const stop = (): void => {
    process.removeListener("beforeExit", atEnd);
    for (const signal of SIGNALS) process.removeListener(signal, atSignal);
  };
  process.on("beforeExit", atEnd);
  for (const signal of SIGNALS) {
    try {
      process.on(signal, atSignal);
    } catch {
      continue; // a runtime without this signal
    }
  }
  return stop;
}
