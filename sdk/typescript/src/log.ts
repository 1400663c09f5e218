/** The one logger. It never says what was asked, answered or used as a key, and prints nothing to stdout. */

let shows = false;
const told = new Set<string>();

/** Print what the SDK does to stderr (`TOKENBOARD_DEBUG`). */
export function showDebug(on: boolean): void {
  shows = on;
}

export function debug(message: string, error?: unknown): void {
  if (shows) print(error === undefined ? message : `${message}: ${kindOf(error)}`);
}

/** Said once, also without debugging. */
export function warn(message: string): void {
  if (told.has(message)) return;
  told.add(message);
  print(message);
}

/** An error's kind and place in our code; its message may hold what was asked or answered. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const place = error.stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  return `${error.constructor.name}${place === undefined ? "" : ` ${place.trim()}`}`;
}

function print(message: string): void {
  try {
    console.error(`tokenboard: ${message}`);
  } catch {
    // a program that replaced its console does not hear it
  }
}
