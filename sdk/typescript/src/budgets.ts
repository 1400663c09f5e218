/** What a program is told whose calls are held to budgets: which of them refuse, and until when. */

import { isRecord } from "./events.js";

/** A budget that holds calls back, as TokenBoard told of it. Money is in US dollars, as decimal text. */
export type Budget = {
  id: string;
  name: string;
  limit: "strict" | "bounded";
  amount: string;
  spent: string;
  reserved: string;
  remaining: string;
  unpricedCalls: number;
  resetsAt: Date;
  /** What happens to calls while TokenBoard cannot be asked. */
  onUnavailable: "open" | "closed";
};

/** The call was not made, because of budgets. */
export class BudgetError extends Error {
  override name = "BudgetError";
}

/** Budgets have not enough left for the call. The vendor was not asked. */
export class BudgetExceeded extends BudgetError {
  override name = "BudgetExceeded";
  /** Those that refuse, at least one. */
  readonly budgets: readonly [Budget, ...Budget[]];

  constructor(detail: string, budgets: readonly [Budget, ...Budget[]]) {
    super(detail);
    this.budgets = budgets;
  }

  get budgetId(): string {
    return this.budgets[0].id;
  }

  get budgetName(): string {
    return this.budgets[0].name;
  }

  /** What the first of them has left. */
  get remaining(): string {
    return this.budgets[0].remaining;
  }

  /** When the last of them begins anew. */
  get resetsAt(): Date {
    return new Date(Math.max(...this.budgets.map((budget) => budget.resetsAt.getTime())));
  }
}

/** TokenBoard cannot say whether the call is within its budgets, and one of them wants no call then. */
export class BudgetUnavailable extends BudgetError {
  override name = "BudgetUnavailable";
}

/** The `budgets` of an answer; undefined where it has none. */
export function readBudgets(told: unknown): Budget[] | undefined {
  const budgets = isRecord(told) ? told.budgets : undefined;
  return Array.isArray(budgets) ? budgets.map(read) : undefined;
}

function read(told: Record<string, unknown>): Budget {
  return {
    id: String(told.id),
    name: String(told.name),
    limit: told.limit === "bounded" ? "bounded" : "strict",
    amount: String(told.amount),
    spent: String(told.spent),
    reserved: String(told.reserved),
    remaining: String(told.remaining),
    unpricedCalls: Number(told.unpriced_calls),
    resetsAt: new Date(String(told.resets_at)),
    onUnavailable: told.on_unavailable === "closed" ? "closed" : "open",
  };
}
