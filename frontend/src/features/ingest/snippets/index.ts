import { CURL } from "./curl";
import { OPENTELEMETRY } from "./opentelemetry";
import { PYTHON } from "./python";
import type { Recipe } from "./types";
import { TYPESCRIPT } from "./typescript";

export type { Place, Recipe } from "./types";

export const KEY_PLACEHOLDER = "YOUR_API_KEY";

const STAYS = "Your provider's key stays in your program, and no prompt or answer is ever sent.";

/** How calls are sent: a tab each, and in it the vendors and frameworks there are. */
export const WAYS = [
  { value: "python", label: "Python", choice: "Client", recipes: PYTHON, note: STAYS },
  { value: "typescript", label: "TypeScript", choice: "Client", recipes: TYPESCRIPT, note: STAYS },
  {
    value: "opentelemetry",
    label: "OpenTelemetry",
    choice: "Sent by",
    recipes: OPENTELEMETRY,
    note: "For programs that are instrumented already: no line of code. Prompts and answers are dropped at the door.",
  },
  {
    value: "curl",
    label: "curl",
    choice: "What is sent",
    recipes: CURL,
    note: "For any language, and to see one arrive now: no model is called.",
  },
] as const satisfies readonly {
  value: string;
  label: string;
  choice: string;
  recipes: readonly Recipe[];
  note: string;
}[];

export type Way = (typeof WAYS)[number];

/** The recipe for this vendor; where the way has none, its first. */
export function recipeOf(way: Way, vendor: string): Recipe {
  const first = way.recipes[0];
  if (!first) throw new Error(`${way.label} has no recipe`);
  return way.recipes.find(({ value }) => value === vendor) ?? first;
}
