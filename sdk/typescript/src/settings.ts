/** What may be set, by argument or by environment. */

import { platform } from "./platform/platform.js";

/** Told of work that goes on after the answer: `ctx.waitUntil` of Cloudflare, `waitUntil` of Vercel. */
export type WaitUntil = (work: Promise<unknown>) => void;

export type Settings = {
  /** A key with the scope `ingest`. Without one nothing is tracked. */
  apiKey: string;
  /** Where TokenBoard is. */
  baseUrl: string;
  project: string | undefined;
  environment: string | undefined;
  disabled: boolean;
  /** Print what the SDK does to stderr. */
  debug: boolean;
  /** Ask for the usage of OpenAI chat streams, which say nothing of it unasked, and hide the chunk that tells it. */
  streamUsage: boolean;
  /** How long an event waits for others to travel with. */
  flushIntervalMs: number;
  /** How long the end of the program may be put off for what has not been sent. */
  exitTimeoutMs: number;
  /** For one request to TokenBoard. */
  timeoutMs: number;
  maxQueueEvents: number;
  maxQueueBytes: number;
  waitUntil: WaitUntil | undefined;
  /** Ask before each call of a wrapped client whether it is within its budgets. */
  enforceBudgets: boolean;
  /** How long a call may wait for the answer. */
  budgetTimeoutMs: number;
  /** What happens to calls while nobody can be asked, until an answer has told what the budgets want. */
  budgetUnavailable: "open" | "closed";
  /** What a call is taken to answer at most that does not say so itself. */
  budgetOutputTokens: number;
  /** US dollars that a call may cost at most whose cost nobody can say beforehand: pictures, sound, unknown models. */
  budgetAmount: string | number | undefined;
  /** How long what a call holds outlives a program that dies; while the call is made it is extended. */
  budgetLeaseSeconds: number;
};

export type InitOptions = { [Name in keyof Settings]?: Settings[Name] | undefined };

const TRUE = new Set(["1", "true", "yes", "on"]);

/** What the environment says, with what was given before it; undefined is not given. */
export function settled(given: InitOptions): Settings {
  const settings: Record<string, unknown> = fromEnvironment();
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && (value as unknown) !== null) settings[name] = value;
  }
  return settings as Settings;
}

export function isOn(settings: Settings): boolean {
  return settings.apiKey !== "" && !settings.disabled;
}

function fromEnvironment(): Settings {
  return {
    apiKey: said("API_KEY"),
    baseUrl: said("BASE_URL") || "http://localhost:8000",
    project: said("PROJECT") || undefined,
    environment: said("ENVIRONMENT") || undefined,
    disabled: TRUE.has(said("DISABLED").toLowerCase()),
    debug: TRUE.has(said("DEBUG").toLowerCase()),
    streamUsage: true,
    flushIntervalMs: 1000,
    exitTimeoutMs: 2000,
    timeoutMs: 10_000,
    maxQueueEvents: 100_000,
    maxQueueBytes: 64 * 1024 * 1024,
    waitUntil: undefined,
    enforceBudgets: TRUE.has(said("ENFORCE_BUDGETS").toLowerCase()),
    budgetTimeoutMs: 2000,
    budgetUnavailable: "open",
    budgetOutputTokens: 32_768,
    budgetAmount: undefined,
    budgetLeaseSeconds: 120,
  };
}

function said(name: string): string {
  return platform().env(`TOKENBOARD_${name}`)?.trim() ?? "";
}
