import type { KnownModel, NewPriceRule, PriceRule } from "@/api/types";
import { periodLabel, shiftDay } from "@/lib/dates";
import { parseDecimal } from "@/lib/decimal";
import { points, unitPrice } from "@/lib/format";
import { unitLabel } from "@/lib/units";

export const ANY = "*";

type Kind = PriceRule["kind"];

export const KINDS = [
  { value: "rate", label: "Own rate" },
  { value: "discount", label: "Discount" },
  { value: "deployment", label: "Deployment" },
] as const satisfies readonly { value: Kind; label: string }[];

/** The families of tokens, by the names that the server has for them. */
export const FAMILIES = [
  { value: "input", label: "input tokens" },
  { value: "output", label: "output tokens" },
  { value: "cache_read", label: "tokens read from cache" },
  { value: "cache_write", label: "tokens written to cache" },
] as const;

/** What is charged by the piece; any other unit can be had over the API. */
const PIECES = [
  "tool.web_search",
  "tool.file_search",
  "tool.code_container_session",
  "images_out",
  "images_in",
  "audio_in_seconds",
  "audio_out_seconds",
  "video_out_seconds",
  "characters_in",
  "pages",
  "search_units",
  "requests",
];

export const PIECE_CHOICES = PIECES.map((unit) => ({ value: unit, label: unitLabel(unit) }));

export const METER_CHOICES = [{ value: ANY, label: "everything" }, ...FAMILIES, ...PIECE_CHOICES];

export const CAPACITIES = [
  { value: "", label: "as the call says" },
  { value: "on_demand", label: "on demand" },
  { value: "provisioned", label: "provisioned, free at the margin" },
  { value: "subscription", label: "subscription, free at the margin" },
] as const;

export function meterText(meter: string): string {
  if (meter === ANY) return "everything";
  return FAMILIES.find(({ value }) => value === meter)?.label ?? unitLabel(meter);
}

/** Which calls a rule is for: "openai/gpt-4o*", "every model of openai". */
export function whereText({
  provider,
  model_pattern: pattern,
}: Pick<PriceRule, "provider" | "model_pattern">): string {
  if (provider === ANY) return pattern === ANY ? "every model" : `${pattern} at any provider`;
  return `${provider}/${pattern}`;
}

/** A rule in plain words, without its period: "20% off openai/*". */
export function ruleText(rule: PriceRule): string {
  const where = whereText(rule);
  const what = rule.meter === ANY ? "" : `${meterText(rule.meter)} of `;
  if (rule.kind === "rate")
    return `${unitPrice(rule.price ?? "0", rule.per ?? 1)} for ${meterText(rule.meter)} of ${where}`;
  if (rule.kind === "discount") return `${points(rule.percent)} off ${what}${where}`;
  return `${where} is ${targetText(rule)}`;
}

function targetText(rule: PriceRule): string {
  const { target_provider: provider, target_model: model, geo, tier, capacity } = rule;
  return [
    model && (provider ? `${provider}/${model}` : model),
    !model && provider && `at ${provider}`,
    geo && `in ${geo}`,
    tier && `on tier ${tier}`,
    capacity && `on ${capacity.replaceAll("_", " ")} capacity`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** The same with its period: "20% off openai/* from 1 Nov 2026". */
export function fullText(rule: PriceRule): string {
  const { effective_from: from, effective_to: to } = rule;
  return from || to ? `${ruleText(rule)}, ${periodLabel(from, to)}` : ruleText(rule);
}

export const STATES = [
  { value: "in_force", label: "In force" },
  { value: "scheduled", label: "Coming" },
  { value: "ended", label: "Ended" },
  { value: "revoked", label: "Revoked" },
] as const satisfies readonly { value: PriceRule["state"]; label: string }[];

/** What a form holds, by the names of its fields. */
export type Fields = (name: string) => string;
export type Faults = Partial<Record<string, string>>;

const HUNDRED = 100n;

/** A decimal that is not negative, or null for anything else. */
function amount(text: string) {
  try {
    const value = parseDecimal(text);
    return value.digits < 0n ? null : value;
  } catch {
    return null;
  }
}

const PRICE_FAULT = "A price is a number like 2.50, 0 or more.";

function rateFaults(field: Fields): Faults {
  const given = [...FAMILIES.map(({ value }) => `price.${value}`), "price.piece"].filter((name) =>
    field(name),
  );
  if (given.length === 0) return { "price.input": "Give at least one price." };
  return Object.fromEntries(given.filter((name) => !amount(field(name))).map((name) => [name, PRICE_FAULT]));
}

function discountFaults(field: Fields): Faults {
  const percent = amount(field("percent"));
  const isRight = percent && percent.digits > 0n && percent.digits <= HUNDRED * 10n ** BigInt(percent.scale);
  return isRight ? {} : { percent: "A discount is above 0 and at most 100." };
}

function deploymentFaults(field: Fields): Faults {
  const says = ["target_model", "geo", "tier", "capacity"].some((name) => field(name));
  return says ? {} : { target_model: "Say at least one thing of it: its model, zone, tier or capacity." };
}

const KIND_FAULTS = { rate: rateFaults, discount: discountFaults, deployment: deploymentFaults };

/** What is wrong with a form, field by field; nothing when the server may see it. */
export function faultsOf(kind: Kind, field: Fields): Faults {
  const pattern = field("model_pattern");
  const [first, last] = [field("first"), field("last")];
  return {
    ...KIND_FAULTS[kind](field),
    ...(!pattern && { model_pattern: "Name a model, or * for every model." }),
    ...((pattern.slice(1, -1).includes(ANY) || pattern === "**") && {
      model_pattern: "One * may stand at the beginning or at the end.",
    }),
    ...(first && last && last < first && { effective_to: "The last day lies before the first." }),
  };
}

/** The rules that a form asks for: one for each price of a rate, else one. */
export function rulesOf(kind: Kind, field: Fields): NewPriceRule[] {
  const common = {
    kind,
    provider: field("provider") || ANY,
    model_pattern: field("model_pattern"),
    effective_from: field("first") ? `${field("first")}T00:00:00Z` : null,
    effective_to: field("last") ? `${shiftDay(field("last"), 1)}T00:00:00Z` : null,
    note: field("note"),
    meter: ANY,
  };
  if (kind === "discount") return [{ ...common, meter: field("meter"), percent: field("percent") }];
  if (kind === "deployment") return [{ ...common, ...target(field) }];
  const families = FAMILIES.filter(({ value }) => field(`price.${value}`)).map(({ value }) => ({
    ...common,
    meter: value,
    price: field(`price.${value}`),
    per: 1_000_000,
  }));
  const piece = field("price.piece") && {
    ...common,
    meter: field("piece"),
    price: field("price.piece"),
    per: Number(field("piece.per")),
  };
  return piece ? [...families, piece] : families;
}

function target(field: Fields) {
  return {
    target_provider: field("target_provider") || null,
    target_model: field("target_model") || null,
    geo: field("geo") || null,
    tier: field("tier") || null,
    capacity: (field("capacity") || null) as PriceRule["capacity"],
  };
}

const SHOWN = 30;

/** Names that begin as the text does come first, and of those the shorter: "gpt-5" before "azure/gpt-5-mini". */
export function likeliestFirst(models: readonly KnownModel[], text: string): KnownModel[] {
  const start = text.toLowerCase().replaceAll(" ", "-");
  const rank = ({ model }: KnownModel) => (model.startsWith(start) ? 0 : 1_000) + model.length;
  return [...models].sort((a, b) => rank(a) - rank(b)).slice(0, SHOWN);
}
