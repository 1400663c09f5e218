/** What differs between Node and runtimes without its APIs. An entry of the package installs one of these. */

export type Values = Readonly<Record<string, unknown>>;

/** The part of AsyncLocalStorage that is used. */
export type Storage = {
  getStore(): Values | undefined;
  run<R>(store: Values, body: () => R): R;
};

export type Answer = { status: number; header: (name: string) => string | null; body: string };

export type Platform = {
  name: string;
  /** Whether a promise that one request made may be awaited by another: not where requests are kept apart. */
  sharesPromises: boolean;
  storage: Storage;
  env(name: string): string | undefined;
  fillRandom(bytes: Uint8Array): void;
  /** gzip; undefined where there is none. */
  compress?: (text: string) => Promise<Uint8Array>;
  expand?: (bytes: Uint8Array) => Promise<string>;
  post(
    url: string,
    headers: Record<string, string>,
    body: Uint8Array | string,
    timeoutMs: number,
    /** Whether the program waits for the answer, which then keeps it alive, and comes by a connection of its own. */
    isAwaited?: boolean,
  ): Promise<Answer>;
  /** Call `flush` before the process ends, while `hasPending` says so; what it answers ends the asking. */
  beforeEnd?: (flush: () => Promise<unknown>) => () => void;
};

type Shared = { platform?: Platform; [name: string]: unknown };

/** One place for what the ESM and the CJS copy of this package must have in common in one process. */
export function shared(): Shared {
  const holder = globalThis as unknown as Record<symbol, Shared | undefined>;
  return (holder[KEY] ??= {});
}

const KEY = Symbol.for("tokenboard.sdk.0");

export function install(platform: Platform): void {
  shared().platform ??= platform;
}

export function platform(): Platform {
  const found = shared().platform;
  if (found === undefined) throw new Error("no platform");
  return found;
}

/** Where there is no AsyncLocalStorage: values hold until `body` returns, not beyond its first `await`. */
export function synchronousStorage(): Storage {
  let current: Values | undefined;
  return {
    getStore: () => current,
    run(store, body) {
      const outer = current;
      current = store;
      try {
        return body();
      } finally {
        current = outer;
      }
    },
  };
}
