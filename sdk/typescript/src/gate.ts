/** Asks TokenBoard, before a call is made, whether it is within its budgets; and keeps what is held while it is made. */

import { BudgetError, BudgetExceeded, BudgetUnavailable, readBudgets } from "./budgets.js";
import type { Budget } from "./budgets.js";
import { isRecord } from "./events.js";
import type { Fields } from "./events.js";
import { debug, warn } from "./log.js";
import { platform } from "./platform/platform.js";
import type { Answer } from "./platform/platform.js";
import type { Settings } from "./settings.js";
import { VERSION } from "./version.js";

const SHAPE = ["provider", "model", "project", "environment"];
const REMEMBERED = 10_000;
// A server that does not answer costs every call the time limit: after so many in a row nobody waits for a while.
const SLOW = 3;
const PAUSE_MS = 5000;
/** How often a lease is looked at in its time: from the half of it on each look extends it, so that several may fail. */
const LOOKS = 8;

/** What is reserved for one call, until it is over. */
export type Hold = { id: string; isOver: boolean; timer?: ReturnType<typeof setTimeout> | undefined };

/** One for each client: what it was told, and what it holds. */
export class Gate {
  readonly #settings: Settings;
  /** Whether calls like this are to be made while nobody can be asked, as last told. */
  readonly #closed = new Map<string, boolean>();
  readonly #releasing = new Set<Promise<void>>();
  #slow = 0;
  #notBefore = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * What is held for the call; undefined when nothing is. Rejects with BudgetExceeded or BudgetUnavailable, and nothing else.
   *
   * `question` is the body of a reservation, without a size where nobody knows it.
   */
  async ask(question: Fields): Promise<Hold | undefined> {
    if (Date.now() < this.#notBefore) return this.#unknown(question, "it does not answer");
    try {
      return await this.#asked(question);
    } catch (error) {
      if (error instanceof BudgetError) throw error;
      debug("TokenBoard could not be asked", error);
      if (isTimeout(error)) this.#isSlow();
      return this.#unknown(question, isTimeout(error) ? "it took too long" : "it was not reached");
    }
  }

  /** Let go of it, soon. The promise is for who must wait for that. */
  release(hold: Hold): Promise<void> {
    if (hold.isOver) return Promise.resolve();
    this.end(hold);
    const released = this.#tell("release", { reservation_id: hold.id }).then(() => undefined);
    if (platform().sharesPromises) {
      this.#releasing.add(released);
      void released.finally(() => this.#releasing.delete(released));
    }
    return released;
  }

  /** Its lease is not extended any more. */
  end(hold: Hold): void {
    hold.isOver = true;
    clearTimeout(hold.timer);
  }

  /** When all that was to be let go is. */
  async flush(): Promise<void> {
    await Promise.all(this.#releasing);
  }

  // --- asking ---

  async #asked(question: Fields): Promise<Hold | undefined> {
    if (question.input_tokens === undefined) return this.#askedUnsized(question);
    const answer = await this.#reserve(question);
    if (answer.status !== 422 || said(answer).code !== "no_upper_estimate")
      return this.#judged(question, answer);
    return this.#askedUnsized({ ...question, input_tokens: undefined, max_output_tokens: undefined });
  }

  /**
   * For a call whose cost nobody can say beforehand: what the program says that it may cost.
   *
   * Without that nothing is held, and it is made as long as something is left, unless a budget wants no call then.
   */
  async #askedUnsized(question: Fields): Promise<Hold | undefined> {
    const amount = this.#settings.budgetAmount;
    const answer = await this.#reserve({ ...question, amount: String(amount ?? "0") });
    const hold = this.#judged(question, answer);
    if (amount !== undefined || hold === undefined) return hold;
    void this.release(hold);
    if (this.#isClosed(question))
      throw new BudgetUnavailable("Nobody can say what this call may cost at most: set budgetAmount.");
    return undefined;
  }

  async #reserve(question: Fields): Promise<Answer> {
    const body = { ...question, lease_seconds: this.#settings.budgetLeaseSeconds };
    let answer: Answer;
    try {
      answer = await this.#post("reserve", body, true);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ECONNRESET") throw error;
      answer = await this.#post("reserve", body, true); // a kept connection that was closed just now
    }
    this.#slow = 0;
    return answer;
  }

  #judged(question: Fields, answer: Answer): Hold | undefined {
    const told = said(answer);
    const budgets = readBudgets(told);
    if (answer.status === 200 && budgets !== undefined) {
      this.#learn(question, budgets, true);
      return budgets.length > 0 ? this.#hold(String(told.reservation_id)) : undefined;
    }
    const [first, ...others] = budgets ?? [];
    if (answer.status === 402 && told.code === "budget_exhausted" && first !== undefined) {
      this.#learn(question, [first, ...others], false);
      throw new BudgetExceeded(String(told.detail ?? told.title), [first, ...others]);
    }
    if (answer.status === 401 || answer.status === 403)
      warn("TokenBoard refuses the API key; budgets cannot be asked");
    return this.#unknown(question, `HTTP ${String(answer.status)}`);
  }

  #post(verb: string, body: Fields, isAwaited: boolean): Promise<Answer> {
    const { apiKey, baseUrl, budgetTimeoutMs } = this.#settings;
    const headers = {
      authorization: `Bearer ${apiKey}`,
      "content-type": "application/json",
      "user-agent": `tokenboard-typescript/${VERSION}`,
    };
    const url = `${baseUrl.replace(/\/+$/, "")}/api/v1/budgets/${verb}`;
    return platform().post(url, headers, JSON.stringify(body), budgetTimeoutMs, isAwaited);
  }

  // --- while the call is made ---

  #hold(id: string): Hold {
    const hold: Hold = { id, isOver: false };
    const lookMs = (this.#settings.budgetLeaseSeconds * 1000) / LOOKS;
    this.#later(hold, (lookMs * LOOKS) / 2, lookMs);
    return hold;
  }

  /** Extend the lease after that time; where that fails, a look later again. The timer keeps no program alive. */
  #later(hold: Hold, waitMs: number, lookMs: number): void {
    try {
      hold.timer = setTimeout(() => void this.#extend(hold, lookMs), waitMs);
      (hold.timer as { unref?: () => void }).unref?.();
    } catch (error) {
      debug("no timer here; a lease is not extended", error); // outside of a request, on some runtimes
    }
  }

  async #extend(hold: Hold, lookMs: number): Promise<void> {
    const lease = this.#settings.budgetLeaseSeconds;
    const status = await this.#tell("extend", { reservation_id: hold.id, lease_seconds: lease });
    if (status === 409) this.end(hold);
    if (hold.isOver) return;
    this.#later(hold, status !== undefined && status < 300 ? (lookMs * LOOKS) / 2 : lookMs, lookMs);
  }

  async #tell(verb: string, body: Fields): Promise<number | undefined> {
    try {
      return (await this.#post(verb, body, false)).status;
    } catch (error) {
      debug("TokenBoard was not reached", error);
      return undefined;
    }
  }

  // --- when it cannot be asked ---

  #isSlow(): void {
    this.#slow += 1;
    if (this.#slow < SLOW) return;
    this.#slow = 0;
    this.#notBefore = Date.now() + PAUSE_MS;
    warn(`TokenBoard does not answer; budgets are not asked for ${String(PAUSE_MS / 1000)} s`);
  }

  /** Nobody can say: as the budgets told that this call counts in, or one like it; else as the program says. */
  #unknown(question: Fields, why: string): Hold | undefined {
    if (this.#isClosed(question))
      throw new BudgetUnavailable(
        `TokenBoard cannot be asked (${why}), and without its answer no call may be made.`,
      );
    debug(`TokenBoard could not be asked (${why}): the call is made`);
    return undefined;
  }

  #isClosed(question: Fields): boolean {
    for (const key of keys(question)) {
      const told = this.#closed.get(key);
      if (told !== undefined) return told;
    }
    return this.#settings.budgetUnavailable === "closed";
  }

  /** Remember what the budgets want; those that refuse are not all that the call counts in. */
  #learn(question: Fields, budgets: Budget[], isAll: boolean): void {
    const isClosed = budgets.some((budget) => budget.onUnavailable === "closed");
    if (!isClosed && !isAll) return;
    for (const key of keys(question)) this.#closed.set(key, isClosed);
    for (const key of this.#closed.keys()) {
      if (this.#closed.size <= REMEMBERED) break;
      this.#closed.delete(key);
    }
  }
}

function said(answer: Answer): Fields {
  try {
    const told: unknown = JSON.parse(answer.body);
    return isRecord(told) ? told : {};
  } catch {
    return {};
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.message === "timeout" || error.name === "AbortError");
}

/** The call itself, and all that are like it. */
function keys(question: Fields): string[] {
  const shape = SHAPE.map((name) => question[name]);
  return [JSON.stringify([...shape, question.user, question.tags]), JSON.stringify(shape)];
}
