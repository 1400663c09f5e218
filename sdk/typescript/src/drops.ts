/** What was lost, and why: counts that only grow, told to the server with what does arrive. */
export class Drops {
  readonly #counts = new Map<string, number>();

  add(reason: string, count = 1): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** All reasons, also what the server refused event by event (`rejected_...`). */
  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }

  /** What the server cannot know by itself: it counts what it rejected. */
  told(): Record<string, number> {
    return Object.fromEntries([...this.#counts].filter(([reason]) => !reason.startsWith("rejected_")));
  }
}
