import type {
  Alert,
  AlertSetting,
  ApiKey,
  AuditEntry,
  Breakdown,
  BreakdownRow,
  Budget,
  Call,
  CallDetail,
  Channel,
  Connection,
  CreditAccount,
  Credits,
  Deletion,
  Delivery,
  ExchangeRate,
  Explanation,
  ExplanationLine,
  Figure,
  Forecast,
  IngestPoint,
  IngestStats,
  Invitation,
  Me,
  Member,
  Offer,
  PastForecasts,
  PriceRow,
  PriceRule,
  PriceRuleChanged,
  ProviderGuide,
  ReconciliationSide,
  Repricing,
  RepricingFigure,
  SendingKey,
  Session,
  Summary,
  SyncRun,
  Trend,
  TrendPoint,
  UnpricedModel,
  Workspace,
} from "@/api/types";

const THEN = "2026-11-20T10:00:00Z";

export const figure = (over: Partial<Figure> = {}): Figure => ({
  cost: "587.09218",
  currency: "USD",
  calls: 28185,
  errors: 0,
  priced_calls: 28185,
  free_calls: 0,
  unpriced_calls: 0,
  input_tokens: 1000,
  cache_read_tokens: 300,
  cache_write_tokens: 100,
  output_tokens: 500,
  reasoning_tokens: 200,
  list_cost: "587.09218",
  cost_per_call: "0.020829951392",
  other_currencies: [],
  ...over,
});

export const freshness = (over: Partial<Summary["freshness"]> = {}): Summary["freshness"] => ({
  last_event_at: "2023-11-16T19:14:58Z",
  last_recorded_at: THEN,
  billed_until: null,
  last_synced_at: null,
  ...over,
});

/** A figure of a bill: it knows money alone. */
export const billedFigure = (over: Partial<Figure> = {}): Figure => ({
  cost: "612.50",
  currency: "USD",
  calls: null,
  errors: null,
  priced_calls: null,
  free_calls: null,
  unpriced_calls: null,
  input_tokens: null,
  cache_read_tokens: null,
  cache_write_tokens: null,
  output_tokens: null,
  reasoning_tokens: null,
  list_cost: null,
  cost_per_call: null,
  other_currencies: [],
  ...over,
});

export const summary = (over: Partial<Summary> = {}): Summary => ({
  month: "2023-11",
  ledger: "tracked",
  period: { start: "2023-11-01T00:00:00Z", end: "2023-12-01T00:00:00Z" },
  previous_period: { start: "2023-10-01T00:00:00Z", end: "2023-11-01T00:00:00Z" },
  total: figure(),
  today: figure({ cost: "0", calls: 0, priced_calls: 0 }),
  previous: figure({ cost: "0", calls: 0, priced_calls: 0 }),
  change: { cost: null },
  ledgers: [{ ...figure(), ledger: "tracked" }],
  latency_ms: { p50: 840, p90: 2000, p95: 3100, p99: 5000 },
  unpriced: [],
  prepaid: [],
  freshness: freshness(),
  flagged: null,
  converted: [],
  has_data: true,
  ...over,
});

export const point = (over: Partial<TrendPoint> = {}): TrendPoint => ({
  start: "2023-11-16T00:00:00Z",
  key: null,
  label: null,
  ...figure(),
  ...over,
});

export const trend = (points: TrendPoint[], over: Partial<Trend> = {}): Trend => ({
  ledger: "tracked",
  granularity: "day",
  group_by: null,
  tag: null,
  period: { start: "2023-11-01T00:00:00Z", end: "2023-12-01T00:00:00Z" },
  has_data: points.length > 0,
  complete: true,
  points,
  flagged: null,
  converted: [],
  freshness: freshness(),
  ...over,
});

export const row = (over: Partial<BreakdownRow> = {}): BreakdownRow => ({
  key: "gpt-4-0613",
  label: "gpt-4-0613",
  share: "0.947982",
  ...figure(),
  ...over,
});

export const breakdown = (rows: BreakdownRow[], over: Partial<Breakdown> = {}): Breakdown => ({
  month: "2023-11",
  ledger: "tracked",
  by: "model",
  tag: null,
  period: { start: "2023-11-01T00:00:00Z", end: "2023-12-01T00:00:00Z" },
  total: figure(),
  has_data: rows.length > 0,
  complete: true,
  rows,
  flagged: null,
  converted: [],
  freshness: freshness(),
  ...over,
});

export const call = (over: Partial<Call> = {}): Call => ({
  event_id: "evt-1",
  occurred_at: THEN,
  recorded_at: THEN,
  provider: "openai",
  model: "gpt-4o-mini",
  requested_model: null,
  priced_as: "gpt-4o-mini",
  api: null,
  operation: null,
  status: "ok",
  error_type: null,
  http_status: null,
  cost: "0.00039",
  list_cost: "0.00039",
  contracted_cost: "0.00039",
  reported_cost: null,
  price_state: "priced",
  unpriced_reason: null,
  price_version: "2026-11-01",
  usage_status: "complete",
  warnings: [],
  input_tokens: 1200,
  cache_read_tokens: null,
  cache_write_tokens: null,
  output_tokens: 350,
  reasoning_tokens: null,
  leaves: { "input.fresh.text": 1200, "output.visible.text": 350 },
  meters: {},
  parts: [],
  latency_ms: 840,
  time_to_first_token_ms: null,
  project: null,
  environment: null,
  user: null,
  session_id: null,
  trace_id: null,
  span_id: null,
  parent_span_id: null,
  provider_response_id: null,
  role: null,
  service_tier: null,
  processing: null,
  speed: null,
  geo: null,
  capacity: null,
  base_url: null,
  deployment: null,
  api_key_id: null,
  tags: {},
  ...over,
});

export const explanationLine = (over: Partial<ExplanationLine> = {}): ExplanationLine => ({
  role: "",
  unit: "input.fresh.text",
  label: "input",
  quantity: "1200",
  price: "0.15",
  per: 1_000_000,
  cost: "0.00018",
  contracted: null,
  own: null,
  source: "genai-prices",
  source_ref: null,
  checked: "2026-11-19",
  effective_from: null,
  effective_to: null,
  bracket: null,
  geo: null,
  priced_as: "openai/gpt-4o-mini",
  ...over,
});

export const explanation = (over: Partial<Explanation> = {}): Explanation => ({
  lines: [
    explanationLine(),
    explanationLine({
      unit: "output.visible.text",
      label: "output",
      quantity: "350",
      price: "0.60",
      cost: "0.00021",
    }),
  ],
  tier: null,
  processing: null,
  speed: null,
  geo: null,
  bracket: null,
  capacity: "",
  state: "priced",
  free_reason: null,
  unpriced_reason: null,
  unpriced_units: [],
  list_cost: "0.00039",
  contracted_cost: "0.00039",
  reported_cost: null,
  difference: null,
  difference_percent: null,
  stored_cost: "0.00039",
  current_cost: "0.00039",
  is_exact: true,
  price_version: "2026-11-19+a",
  current_price_version: "2026-11-19+a",
  history: [],
  ...over,
});

export const callDetail = (over: Partial<CallDetail> = {}): CallDetail => ({
  ...call(),
  raw_usage: null,
  convention: null,
  facts: {},
  explanation: explanation(),
  ...over,
});

export const unpricedModel = (over: Partial<UnpricedModel> = {}): UnpricedModel => ({
  provider: "acme-labs",
  model: "nobody-knows-me-7b",
  reasons: [{ reason: "unknown_model", calls: 41 }],
  calls: 41,
  input_tokens: 820_000,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  output_tokens: 41_000,
  reasoning_tokens: 0,
  first_seen_on: "2026-11-02",
  last_seen_at: THEN,
  estimate: null,
  suggestions: [],
  is_priced_now: false,
  ...over,
});

export const priceRule = (over: Partial<PriceRule> = {}): PriceRule => ({
  id: "r1",
  kind: "discount",
  provider: "openai",
  model_pattern: "*",
  meter: "*",
  price: null,
  per: null,
  percent: "20",
  target_provider: null,
  target_model: null,
  geo: null,
  tier: null,
  capacity: null,
  effective_from: "2026-11-01T00:00:00Z",
  effective_to: null,
  note: "",
  state: "in_force",
  created_by: "u1",
  created_at: THEN,
  revoked_by: null,
  revoked_at: null,
  ...over,
});

export const ruleChanged = (over: Partial<PriceRuleChanged> = {}): PriceRuleChanged => ({
  ...priceRule(),
  reprice: { from: "2026-11-01T00:00:00Z", to: null, provider: "openai", model: null },
  ...over,
});

export const priceRow = (over: Partial<PriceRow> = {}): PriceRow => ({
  model: "gpt-4o",
  unit: "input.fresh.text",
  facts: "",
  price: "2.5",
  per: 1_000_000,
  currency: "USD",
  is_factor: false,
  tier: "",
  processing: "",
  speed: "",
  geo: "",
  input_over: null,
  input_over_inclusive: false,
  hours: [],
  effective_from: null,
  effective_to: null,
  source: "genai-prices",
  source_ref: "https://openai.com/api/pricing/",
  checked_on: "2026-11-19",
  note: "",
  recorded_on: "2026-11-20",
  superseded_on: null,
  ...over,
});

export const repricingFigure = (over: Partial<RepricingFigure> = {}): RepricingFigure => ({
  calls: 41_212,
  changed: 40_000,
  cost_before: "1204.11",
  cost_after: "987.02",
  unpriced_before: 41,
  unpriced_after: 0,
  ...over,
});

export const repricing = (over: Partial<Repricing> = {}): Repricing => ({
  id: "p1",
  status: "ready",
  filter: {
    from: "2026-11-01T00:00:00Z",
    to: "2026-12-01T00:00:00Z",
    provider: null,
    model: null,
    only_unpriced: false,
    reread_usage: false,
  },
  progress: { done: 41_212, total: 41_212 },
  summary: {
    ...repricingFigure(),
    models: 3,
    by_model: [{ provider: "openai", model: "gpt-4o", ...repricingFigure() }],
    by_day: [{ day: "2026-11-02", ...repricingFigure() }],
  },
  price_version: "2026-11-19+a",
  created_at: THEN,
  applied_at: null,
  undone_at: null,
  created_by: "u1",
  error: null,
  ...over,
});

export const workspace = (over: Partial<Workspace> = {}): Workspace => ({
  id: "w1",
  name: "Acme",
  slug: "acme",
  role: "owner",
  created_at: THEN,
  deletes_at: null,
  ...over,
});

export const me = (over: Partial<Me> = {}): Me => ({
  user: { id: "u1", email: "ada@example.com", name: "Ada", created_at: THEN, email_verified: true },
  workspaces: [workspace()],
  ...over,
});

export const session = (over: Partial<Session> = {}): Session => ({
  id: "s1",
  created_at: THEN,
  last_seen_at: THEN,
  expires_at: "2026-12-20T10:00:00Z",
  user_agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  ip_address: "127.0.0.1",
  is_current: false,
  ...over,
});

export const member = (over: Partial<Member> = {}): Member => ({
  user_id: "u2",
  email: "grace@example.com",
  name: "Grace",
  role: "member",
  created_at: THEN,
  ...over,
});

export const invitation = (over: Partial<Invitation> = {}): Invitation => ({
  id: "i1",
  email: "grace@example.com",
  role: "member",
  invited_by: "Ada",
  created_at: THEN,
  expires_at: "2026-11-27T10:00:00Z",
  ...over,
});

export const offer = (over: Partial<Offer> = {}): Offer => ({
  workspace: "Acme",
  role: "member",
  email: "grace@example.com",
  invited_by: "Ada",
  expires_at: "2026-11-27T10:00:00Z",
  has_account: false,
  ...over,
});

export const auditEntry = (over: Partial<AuditEntry> = {}): AuditEntry => ({
  id: "a1",
  action: "member.removed",
  actor_id: "u1",
  actor_email: "ada@example.com",
  target: "grace@example.com",
  detail: { role: "member" },
  created_at: THEN,
  ...over,
});

export const apiKey = (over: Partial<ApiKey> = {}): ApiKey => ({
  id: "k1",
  name: "production",
  prefix: "tb_abc123",
  scopes: ["ingest"],
  created_at: THEN,
  created_by: "u1",
  last_used_at: null,
  revoked_at: null,
  ...over,
});

export const providerGuide = (over: Partial<ProviderGuide> = {}): ProviderGuide => ({
  provider: "openai",
  mode: "organization",
  label: "OpenAI organization",
  key_label: "Admin key",
  key_hint: "An organization's owner makes it.",
  key_starts_with: "sk-admin-",
  make_key_at: "https://platform.openai.com/settings/organization/admin-keys",
  reads: "Costs by project, line item and API key",
  fields: [],
  ...over,
});

export const syncRun = (over: Partial<SyncRun> = {}): SyncRun => ({
  id: "run1",
  connection_id: "c1",
  trigger: "schedule",
  status: "done",
  requested_by: null,
  created_at: THEN,
  started_at: THEN,
  finished_at: "2026-11-20T10:00:12Z",
  feed: "names",
  window_start: null,
  window_end: null,
  windows_done: 12,
  windows_total: 12,
  pages: 14,
  rows_new: 1204,
  rows_changed: 3,
  rows_unchanged: 40,
  rows_flagged: 0,
  left: [],
  error_code: null,
  error_detail: null,
  ...over,
});

export const connection = (over: Partial<Connection> = {}): Connection => ({
  id: "c1",
  provider: "openai",
  mode: "organization",
  label: "OpenAI organization",
  base_url: null,
  fields: {},
  key_class: "organization",
  key_last4: "9xQ2",
  can: ["costs", "usage", "names"],
  message: "An admin key of the organization Acme.",
  status: "active",
  error_code: null,
  error_detail: null,
  next_try_at: "2026-11-20T11:00:00Z",
  verified_at: THEN,
  last_synced_at: THEN,
  created_by: "u1",
  created_at: THEN,
  feeds: [
    {
      feed: "costs",
      backfilled_from: "2025-11-20T00:00:00Z",
      synced_until: "2026-11-20T00:00:00Z",
      read_at: THEN,
      is_complete: true,
    },
  ],
  run: syncRun(),
  ...over,
});

export const deletion = (over: Partial<Deletion> = {}): Deletion => ({
  billed_lines: 1204,
  usage_lines: 40,
  credit_snapshots: 0,
  names: 12,
  months: ["2026-10", "2026-11"],
  billed: { USD: "987.02" },
  keep: "What was read stays in every total.",
  delete: "It cannot be taken back.",
  ...over,
});

export const creditAccount = (over: Partial<CreditAccount> = {}): CreditAccount => ({
  connection_id: null,
  label: null,
  provider: "openai",
  account: "",
  source: "manual",
  currency: "USD",
  at: THEN,
  available: "120.50",
  granted: null,
  used: null,
  expires_at: null,
  billed_since: null,
  spent_today: "1.25",
  today_since: "2026-11-20T00:00:00Z",
  spent_this_month: "30.10",
  month_since: "2026-11-01T00:00:00Z",
  runs_out_at: "2027-01-12T00:00:00Z",
  history: [{ id: "b1", at: THEN, granted: null, used: null, available: "120.50", note: "" }],
  ...over,
});

export const exchangeRate = (over: Partial<ExchangeRate> = {}): ExchangeRate => ({
  currency: "EUR",
  day: "2026-11-01",
  usd_per_unit: "1.0825",
  created_by: "u1",
  created_at: THEN,
  ...over,
});

const outcomes = { received: 0, stored: 0, duplicates: 0, rejected: 0, refused_requests: 0 };

export const ingestPoint = (over: Partial<IngestPoint> = {}): IngestPoint => ({
  start: "2026-11-20T00:00:00Z",
  ...outcomes,
  ...over,
});

export const sendingKey = (over: Partial<SendingKey> = {}): SendingKey => ({
  id: "k1",
  name: "backend",
  may_send: true,
  last_event_at: THEN,
  ...outcomes,
  ...over,
});

export const ingestStats = (over: Partial<IngestStats> = {}): IngestStats => ({
  start: "2026-11-14T00:00:00Z",
  end: "2026-11-21T00:00:00Z",
  granularity: "day",
  totals: { ...outcomes, received: 12040, stored: 12040 },
  duplicate_share: "0",
  last_event_at: THEN,
  rejected_by_code: [],
  refused_by_code: [],
  points: [ingestPoint({ received: 12040, stored: 12040 })],
  lag_ms: { p50: 912.3, p90: 1406.2, p95: 2004.1, p99: 5903.7 },
  api_keys: [sendingKey({ received: 12040, stored: 12040 })],
  senders: { count: 0, dropped: 0, items: [] },
  ...over,
});

export const credits = (items: CreditAccount[]): Credits => ({ items, freshness: freshness() });

const gap = { difference: null, ratio: null };

export const side = (over: Partial<ReconciliationSide> = {}): ReconciliationSide => ({
  key: "openai",
  tracked: figure(),
  billed: billedFigure(),
  reported: null,
  cost: { difference: "25.40782", ratio: "0.958518" },
  input_tokens: gap,
  output_tokens: gap,
  calls: gap,
  ...over,
});

export const page = <T>(items: T[], nextCursor: string | null = null) => ({ items, next_cursor: nextCursor });

const ANY_CALL: Budget["filter"] = {
  provider: null,
  model: null,
  project: null,
  environment: null,
  api_key_id: null,
  user: null,
  tag: null,
};

/** Where a budget stands: half of it is spent. */
export const standingOf = (over: Partial<Budget["current"]> = {}): Budget["current"] => ({
  start: "2026-11-01T00:00:00Z",
  end: "2026-12-01T00:00:00Z",
  spent: "250.5",
  reserved: "0",
  remaining: "249.5",
  used_percent: "50.1",
  calls: 1000,
  unpriced_calls: 0,
  complete: true,
  other_currencies: [],
  projected_end: "480.25",
  projected_low: "460",
  projected_high: "500.5",
  crosses_on: null,
  fired: [],
  ...over,
});

type BudgetOver = Partial<Omit<Budget, "filter" | "current">> & {
  filter?: Partial<Budget["filter"]>;
  current?: Partial<Budget["current"]>;
};

export const budget = ({ filter, current, ...over }: BudgetOver = {}): Budget => ({
  id: "b1",
  name: "Everything",
  ledger: "tracked",
  filter: { ...ANY_CALL, ...filter },
  period: "month",
  start: null,
  end: null,
  amount: "500",
  currency: "USD",
  thresholds: [
    { percent: 80, of: "actual" },
    { percent: 100, of: "forecast" },
  ],
  limit: "none",
  on_unavailable: "open",
  version: 1,
  created_by: "u1",
  created_at: THEN,
  updated_at: THEN,
  current: standingOf(current),
  ...over,
});

export const forecast = (over: Partial<Forecast> = {}): Forecast => ({
  ledger: "tracked",
  currency: "USD",
  start: "2026-11-01T00:00:00Z",
  end: "2026-12-01T00:00:00Z",
  spent: "3.3",
  expected: "592.962008",
  low: "567.275892",
  high: "618.648123",
  interval_percent: 80,
  days_known: 63,
  days_needed: 5,
  unpriced_calls: 0,
  points: [
    { day: "2026-11-03", expected: "4", low: "3.5", high: "4.5" },
    { day: "2026-11-04", expected: "6", low: "4", high: "8" },
  ],
  ...over,
});

export const pastForecasts = (over: Partial<PastForecasts> = {}): PastForecasts => ({
  ledger: "tracked",
  currency: "USD",
  month: "2026-10",
  came: "501.3158459454",
  error: "0.02258",
  coverage: "0.935484",
  interval_percent: 80,
  items: [
    {
      made_on: "2026-10-01",
      expected: "477.02",
      low: "411.61",
      high: "542.43",
      is_kept: false,
      error: "0.048456",
      is_inside: true,
    },
    {
      made_on: "2026-10-02",
      expected: "300",
      low: "280",
      high: "320",
      is_kept: true,
      error: "0.401574",
      is_inside: false,
    },
  ],
  ...over,
});

export const alertOf = (over: Partial<Alert> = {}): Alert => ({
  id: "a1",
  kind: "spend_spike",
  severity: "warning",
  state: "open",
  title: "$12.00 in an hour, where $2.00 is usual",
  facts: [
    { label: "Spent", value: "$12.00" },
    { label: "Driven by", value: "gpt-4o, $9.10" },
  ],
  link: "/calls?month=2026-11&model=gpt-4o",
  occurrences: 1,
  occurred_at: THEN,
  last_occurred_at: THEN,
  snoozed_until: null,
  acknowledged_at: null,
  acknowledged_by: null,
  resolved_at: null,
  resolved_by: null,
  is_read: false,
  ...over,
});

export const alertSetting = (over: Partial<AlertSetting> = {}): AlertSetting => ({
  kind: "unpriced_spend",
  meaning: "Calls came whose price is not known",
  is_on: true,
  severity: null,
  resolves_itself: true,
  channel_ids: null,
  figures: [
    {
      name: "min_calls",
      unit: "count",
      value: "1",
      default: "1",
      least: "1",
      most: "1000000000",
      meaning: "so many calls of a model without a price in a day",
    },
  ],
  ...over,
});

export const channel = (over: Partial<Channel> = {}): Channel => ({
  id: "ch1",
  kind: "webhook",
  name: "Our bot",
  is_on: true,
  is_default: false,
  min_severity: "info",
  sends_resolved: true,
  recipients: [],
  to_admins: false,
  hint: "bot.example.com…hook",
  ...over,
});

export const delivery = (over: Partial<Delivery> = {}): Delivery => ({
  id: "d1",
  channel_id: "ch1",
  kind: "webhook",
  label: "bot.example.com…hook",
  subject: "Everything: 80 % of $500.00 spent",
  state: "sent",
  attempts: 1,
  due_at: THEN,
  reason: null,
  created_at: THEN,
  ended_at: THEN,
  ...over,
});
