import type {
  ApiKey,
  Breakdown,
  BreakdownRow,
  Call,
  Figure,
  Me,
  Member,
  Session,
  Summary,
  Trend,
  TrendPoint,
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
  freshness: { last_event_at: "2023-11-16T19:14:58Z", last_recorded_at: THEN },
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
  period: { start: "2023-11-01T00:00:00Z", end: "2023-12-01T00:00:00Z" },
  has_data: points.length > 0,
  points,
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
  period: { start: "2023-11-01T00:00:00Z", end: "2023-12-01T00:00:00Z" },
  total: figure(),
  has_data: rows.length > 0,
  rows,
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

export const workspace = (over: Partial<Workspace> = {}): Workspace => ({
  id: "w1",
  name: "Acme",
  slug: "acme",
  role: "owner",
  created_at: THEN,
  ...over,
});

export const me = (over: Partial<Me> = {}): Me => ({
  user: { id: "u1", email: "ada@example.com", name: "Ada", created_at: THEN },
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

export const page = <T>(items: T[], nextCursor: string | null = null) => ({ items, next_cursor: nextCursor });
