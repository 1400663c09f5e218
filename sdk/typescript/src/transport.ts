/** Takes events and sends them later, in batches; and what it does when it cannot. Nothing here throws into a caller. */

import { backOffMs, judge, PAUSE_MS, verdict } from "./answers.js";
import type { Verdict } from "./answers.js";
import { closed, halves, inTurn, MAX_BYTES, MAX_EVENTS } from "./batches.js";
import type { Batch, Sender } from "./batches.js";
import { Drops } from "./drops.js";
import { encoded } from "./events.js";
import type { Fields } from "./events.js";
import { newId } from "./ids.js";
import { debug, warn } from "./log.js";
import { platform } from "./platform/platform.js";
import type { Settings, WaitUntil } from "./settings.js";
import { VERSION } from "./version.js";

const NAME = `tokenboard-typescript/${VERSION}`;

export class Transport {
  readonly drops = new Drops();
  readonly #settings: Settings;
  readonly #compress = inTurn();
  #waiting: string[] = [];
  #waitingBytes = 0;
  #pending: Batch[] = [];
  readonly #sending = new Set<Batch>();
  /** Events and bytes that are held, until they are settled: sent or given up. */
  #events = 0;
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #draining: Promise<void> | undefined;
  #failures = 0;
  #notBefore = 0;
  #toldToWait = false;
  #isStopped = false;
  #reported = "{}";
  #senderId: string | undefined;
  #forgetEnd: (() => void) | undefined;
  #soon: Promise<unknown> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Queue an event, given in layers; what it holds is written down now, so it may change afterwards. */
  record(layers: Fields[], waitUntil?: WaitUntil): void {
    const text = this.#encode(layers);
    if (text === undefined) return;
    if (this.#isStopped) {
      this.drops.add("after_shutdown");
    } else if (!this.#hasRoomFor(text)) {
      this.drops.add("queue_full");
    } else {
      this.#put(text);
      if (waitUntil !== undefined) this.#sendWithin(waitUntil);
    }
  }

  /** Send what is queued now; false when that was not done in time. */
  async flush(timeoutMs: number): Promise<boolean> {
    if (this.#isStopped) return true;
    this.#cut();
    if (this.#untold() && this.#failures === 0) this.#report();
    const last =
      this.#pending.at(-1)?.number ?? Math.max(0, ...[...this.#sending].map((batch) => batch.number));
    if (!this.#toldToWait) this.#notBefore = 0;
    // not `unref`ed: who waits for a flush must not be ended before it
    const end = deadline(timeoutMs);
    try {
      while (this.#holds(last) && !end.isOver()) {
        await Promise.race([this.#drain(), end.over]);
        const waitMs = this.#notBefore - Date.now();
        if (this.#holds(last) && waitMs > 0) await Promise.race([sleep(waitMs), end.over]);
        else if (this.#holds(last) && this.#sending.size > 0) await Promise.race([sleep(5), end.over]);
      }
    } finally {
      end.clear();
    }
    return !this.#holds(last);
  }

  /** Flush, then take nothing more, and count what is left as lost. True when nothing was left. */
  async stop(timeoutMs: number): Promise<boolean> {
    const done = await this.flush(timeoutMs);
    this.#isStopped = true;
    this.#giveUp();
    return done;
  }

  // --- taking ---

  #encode(layers: Fields[]): string | undefined {
    try {
      const text = encoded(...layers);
      if (text.length < MAX_BYTES) return text;
      this.drops.add("too_large");
    } catch (error) {
      debug("an event could not be written as JSON", error);
      this.drops.add("not_encodable");
    }
    return undefined;
  }

  #hasRoomFor(text: string): boolean {
    return (
      this.#events < this.#settings.maxQueueEvents &&
      this.#bytes + text.length <= this.#settings.maxQueueBytes
    );
  }

  #put(text: string): void {
    if (this.#waitingBytes + text.length >= MAX_BYTES) this.#cut();
    this.#waiting.push(text);
    this.#waitingBytes += text.length;
    this.#events += 1;
    this.#bytes += text.length;
    if (this.#waiting.length >= MAX_EVENTS) this.#cut();
    this.#forgetEnd ??= platform().beforeEnd?.(() => this.#end());
    this.#wake(this.#pending.length > 0 ? 0 : this.#settings.flushIntervalMs);
  }

  /** Close the batch that events are gathered in. */
  #cut(): void {
    if (this.#waiting.length === 0) return;
    const [events, size] = [this.#waiting, this.#waitingBytes];
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#pending.push(this.#closed(events, size));
  }

  #closed(events: string[], size: number): Batch {
    const batch = closed(events, size, this.#sender(), this.#compress);
    void batch.body.then((body) => {
      if (!this.#sending.has(batch) && !this.#pending.includes(batch)) return;
      this.#bytes += body.length - batch.size;
      batch.size = body.length;
    });
    return batch;
  }

  /** Its id is made when it is needed: Cloudflare has no randomness for what runs before a request. */
  #sender(): Sender {
    this.#senderId ??= newId();
    return { id: this.#senderId, name: NAME, dropped: this.drops.told() };
  }

  #untold(): boolean {
    return JSON.stringify(this.drops.told()) !== this.#reported;
  }

  /** Tell of drops that no batch is going to tell of. */
  #report(): void {
    const isTold = this.#pending.some(
      (batch) => JSON.stringify(batch.told) === JSON.stringify(this.drops.told()),
    );
    if (!isTold) this.#pending.push(this.#closed([], 0));
  }

  // --- sending ---

  #wake(delayMs: number): void {
    if (this.#isStopped || this.#draining !== undefined) return;
    const waitMs = Math.max(delayMs, this.#notBefore - Date.now());
    if (this.#timer !== undefined) {
      if (delayMs > 0) return;
      clearTimeout(this.#timer);
    }
    try {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#cut();
        void this.#drain();
      }, waitMs);
      (this.#timer as { unref?: () => void }).unref?.();
    } catch (error) {
      debug("no timer here; events are sent at the next flush", error); // outside of a request, on some runtimes
    }
  }

  /** On runtimes that end with the request: keep this one until the event is there. */
  #sendWithin(waitUntil: WaitUntil): void {
    if (this.#soon !== undefined) return;
    this.#soon = Promise.resolve().then(() => {
      this.#soon = undefined;
      return this.flush(this.#settings.timeoutMs);
    });
    waitUntil(this.#soon);
  }

  /** Send what is pending until nothing is left or something fails. */
  #drain(): Promise<void> {
    if (!platform().sharesPromises) return this.#sendAll();
    this.#draining ??= this.#sendAll().finally(() => {
      this.#draining = undefined;
      if (this.#events > 0) this.#wake(this.#pending.length > 0 ? 1 : this.#settings.flushIntervalMs);
    });
    return this.#draining;
  }

  async #sendAll(): Promise<void> {
    while (!this.#isStopped && Date.now() >= this.#notBefore) {
      const batch = this.#pending.shift();
      if (batch === undefined) return;
      this.#sending.add(batch);
      const verdict = await this.#post(batch);
      if (!this.#sending.delete(batch)) continue; // given up meanwhile
      try {
        await this.#judged(batch, verdict);
      } catch (error) {
        debug("an answer was not understood", error);
        this.#lose(batch, "unanswered");
      }
    }
  }

  async #post(batch: Batch): Promise<Verdict> {
    try {
      const body = await batch.body;
      const headers: Record<string, string> = {
        authorization: `Bearer ${this.#settings.apiKey}`,
        "content-type": "application/json",
        "user-agent": NAME,
      };
      if (typeof body !== "string") headers["content-encoding"] = "gzip";
      const url = `${this.#settings.baseUrl.replace(/\/+$/, "")}/api/v1/events`;
      const answer = await platform().post(url, headers, body, this.#settings.timeoutMs);
      debug(`${String(batch.events)} events sent: HTTP ${String(answer.status)}`);
      return judge(answer.status, answer.header, answer.body);
    } catch (error) {
      debug("TokenBoard was not reached", error);
      return verdict("again", "unreachable");
    }
  }

  async #judged(batch: Batch, verdict: Verdict): Promise<void> {
    if (verdict.fate === "again") {
      this.#putOff(verdict);
      this.#pending.unshift(batch);
      return;
    }
    this.#failures = 0;
    this.#notBefore = 0;
    this.#toldToWait = false;
    if (verdict.fate === "taken") {
      this.#taken(batch, verdict);
    } else if (verdict.fate === "split") {
      await this.#split(batch);
    } else {
      this.#lose(batch, verdict.reason);
      if (verdict.fate === "paused") this.#pause();
    }
  }

  #taken(batch: Batch, verdict: Verdict): void {
    this.#settle(batch);
    this.#reported = JSON.stringify(batch.told);
    for (const [code, count] of verdict.rejected) {
      this.drops.add(`rejected_${code}`, count);
      debug(`${String(count)} events were rejected: ${code}`);
    }
  }

  async #split(batch: Batch): Promise<void> {
    this.#sending.add(batch); // it is still on its way, for who waits for it
    const parts = await halves(batch);
    if (!this.#sending.delete(batch)) return;
    if (parts.length === 0) {
      this.#lose(batch, "too_large");
      return;
    }
    this.#settle(batch);
    const smaller = parts.map((events) => this.#closed(events, events.join().length));
    for (const part of smaller) {
      part.number = batch.number;
      this.#events += part.events;
      this.#bytes += part.size;
    }
    this.#pending.unshift(...smaller);
  }

  #pause(): void {
    this.#notBefore = Date.now() + PAUSE_MS;
    this.#toldToWait = true;
    warn(`TokenBoard refuses the API key; nothing is sent for ${String(PAUSE_MS / 1000)} s`);
  }

  #putOff(verdict: Verdict): void {
    this.#failures += 1;
    const waitMs = backOffMs(this.#failures, verdict.waitMs);
    this.#toldToWait = verdict.waitMs !== undefined;
    this.#notBefore = Date.now() + waitMs;
    if (this.#failures === 1) debug(`sending again in ${waitMs.toFixed(0)} ms: ${verdict.reason}`);
  }

  #settle(batch: Batch): void {
    this.#events -= batch.events;
    this.#bytes -= batch.size;
    if (this.#events === 0) {
      this.#forgetEnd?.();
      this.#forgetEnd = undefined;
    }
  }

  // --- what cannot be sent ---

  #lose(batch: Batch, reason: string): void {
    this.#settle(batch);
    if (batch.events === 0) return;
    this.drops.add(reason, batch.events);
    debug(`${String(batch.events)} events were lost: ${reason}`);
  }

  /** Whether a batch up to this number is not settled. */
  #holds(last: number): boolean {
    return [...this.#pending, ...this.#sending].some((batch) => batch.number <= last);
  }

  /** The program ends: a last flush. What it does not bring there is lost. */
  async #end(): Promise<void> {
    await this.flush(this.#settings.exitTimeoutMs);
    this.#giveUp();
  }

  /** What is being sent may arrive; then less was lost than is counted. */
  #giveUp(): void {
    this.#cut();
    const left = [...this.#sending, ...this.#pending];
    this.#sending.clear();
    this.#pending = [];
    for (const batch of left) this.#lose(batch, "exit");
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

type Deadline = { over: Promise<void>; isOver: () => boolean; clear: () => void };

function deadline(timeoutMs: number): Deadline {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      isOver = true;
      resolve();
    }, timeoutMs);
  });
  return {
    over,
    isOver: () => isOver,
    clear: () => {
      clearTimeout(timer);
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
