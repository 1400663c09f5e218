/**
 * The wire's shapes by the names the screens use, read from the generated paths, so that renaming
 * a schema on the server changes nothing here.
 */
import type { paths } from "./schema.gen";

type Json<T> = T extends { content: { "application/json": infer Body } } ? Body : never;
type Get<P extends keyof paths> = paths[P] extends { get: { responses: { 200: infer R } } } ? Json<R> : never;
type Body<P extends keyof paths> = paths[P] extends { post: { requestBody: infer R } } ? Json<R> : never;
type PostOf<P extends keyof paths> = paths[P] extends { post: { responses: { 200: infer R } } }
  ? Json<R>
  : never;
type MadeOf<P extends keyof paths> = paths[P] extends { post: { responses: { 201: infer R } } }
  ? Json<R>
  : never;
type QueryOf<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } }
  ? NonNullable<Q>
  : never;
type InWorkspace = "/api/v1/workspaces/{workspace_id}";

export type Me = Get<"/api/v1/me">;
export type User = Me["user"];
export type Workspace = Me["workspaces"][number];
export type Role = Workspace["role"];
export type Session = Get<"/api/v1/auth/sessions">["items"][number];
export type Member = Get<`${InWorkspace}/members`>["items"][number];
export type ApiKey = Get<`${InWorkspace}/api-keys`>["items"][number];
export type CreatedApiKey =
  paths[`${InWorkspace}/api-keys`]["post"]["responses"][201]["content"]["application/json"];
export type Scope = CreatedApiKey["scopes"][number];
export type SecondFactor = Get<"/api/v1/me/second-factor">;
export type Enrolment = MadeOf<"/api/v1/me/second-factor">;
export type SignInProvider = Get<"/api/v1/auth/providers">["providers"][number];
export type LinkedSignIn = Get<"/api/v1/me/identities">["items"][number];
export type Invitation = Get<`${InWorkspace}/invitations`>["items"][number];
export type NewInvitation = MadeOf<`${InWorkspace}/invitations`>;
export type Offer = PostOf<"/api/v1/invitations/look">;
export type Joined = MadeOf<"/api/v1/invitations/register">;
export type AuditEntry = Get<`${InWorkspace}/audit-log`>["items"][number];
export type AuditQuery = QueryOf<`${InWorkspace}/audit-log`>;
export type Retention = Get<`${InWorkspace}/retention`>;

// `budget` is null until there are budgets, and the client's types drop a field that is always null.
export type Summary = Omit<Get<`${InWorkspace}/summary`>, "budget">;
export type Figure = Summary["total"];
export type Trend = Get<`${InWorkspace}/trend`>;
export type TrendPoint = Trend["points"][number];
export type TrendQuery = QueryOf<`${InWorkspace}/trend`>;
export type Breakdown = Get<`${InWorkspace}/breakdown`>;
export type BreakdownRow = Breakdown["rows"][number];
export type CallPage = Get<`${InWorkspace}/calls`>;
export type Call = CallPage["items"][number];
export type CallsQuery = QueryOf<`${InWorkspace}/calls`>;
export type CallDetail = Get<`${InWorkspace}/calls/{event_id}`>;
export type Explanation = CallDetail["explanation"];
export type ExplanationLine = Explanation["lines"][number];
export type UnpricedModel = Get<`${InWorkspace}/unpriced-models`>["items"][number];
export type KnownModel = Get<`${InWorkspace}/known-models`>["items"][number];

export type IngestStats = Get<`${InWorkspace}/ingest-stats`>;
export type IngestPoint = IngestStats["points"][number];
export type Rejection = IngestStats["rejected_by_code"][number];
export type SendingKey = IngestStats["api_keys"][number];

export type Repricing = Get<`${InWorkspace}/repricings/{repricing_id}`>;
export type RepricingFigure = Omit<Repricing["summary"], "models" | "by_model" | "by_day">;
export type NewRepricing = Body<`${InWorkspace}/repricings`>;

export type PriceRule = Get<`${InWorkspace}/prices`>["items"][number];
export type PriceRuleChanged =
  paths[`${InWorkspace}/prices`]["post"]["responses"][201]["content"]["application/json"];
export type NewPriceRule = Body<`${InWorkspace}/prices`>;
export type ModelPrices = Get<`${InWorkspace}/prices/{provider}/{model}`>;
export type PriceRow = ModelPrices["rows"][number];

export type ProviderGuide = Get<`${InWorkspace}/providers`>["items"][number];
export type Connection = Get<`${InWorkspace}/connections`>["items"][number];
export type NewConnection = Body<`${InWorkspace}/connections`>;
export type SyncRun = Get<`${InWorkspace}/sync-runs/{run_id}`>;
export type Deletion = Get<`${InWorkspace}/connections/{connection_id}/deletion`>;

export type Ledger = Summary["ledger"];
export type Credits = Get<`${InWorkspace}/credits`>;
export type CreditAccount = Credits["items"][number];
export type NewBalance = Body<`${InWorkspace}/credits`>;
export type Reconciliation = Get<`${InWorkspace}/reconciliation`>;
export type ReconciliationSide = Reconciliation["total"];
export type ExchangeRate = Get<`${InWorkspace}/exchange-rates`>["items"][number];
export type NewExchangeRate = Pick<ExchangeRate, "currency" | "day" | "usd_per_unit">;

export type Budget = Get<`${InWorkspace}/budgets`>["items"][number];
export type NewBudget = Body<`${InWorkspace}/budgets`>;
export type BudgetFilter = Budget["filter"];
export type Threshold = Budget["thresholds"][number];
export type BudgetChange = Get<`${InWorkspace}/budgets/{budget_id}/history`>["items"][number];

export type Alert = Get<`${InWorkspace}/alerts`>["items"][number];
export type AlertsQuery = QueryOf<`${InWorkspace}/alerts`>;
export type AlertKind = Alert["kind"];
export type Severity = Alert["severity"];
export type AlertSettings = Get<`${InWorkspace}/alert-settings`>;
export type AlertSetting = AlertSettings["items"][number];
export type SettingFigure = AlertSetting["figures"][number];
export type QuietHours = NonNullable<AlertSettings["quiet_hours"]>;
export type AlertSettingChange =
  paths[`${InWorkspace}/alert-settings/{kind}`]["patch"]["requestBody"]["content"]["application/json"];

export type Channel = Get<`${InWorkspace}/channels`>["items"][number];
export type NewChannel = Body<`${InWorkspace}/channels`>;
export type ChannelMade =
  paths[`${InWorkspace}/channels`]["post"]["responses"][201]["content"]["application/json"];
export type ChannelChange =
  paths[`${InWorkspace}/channels/{channel_id}`]["patch"]["requestBody"]["content"]["application/json"];
export type Delivery = Get<`${InWorkspace}/channels/{channel_id}/deliveries`>["items"][number];

export type Forecast = Get<`${InWorkspace}/forecast`>;
export type PastForecasts = Get<`${InWorkspace}/forecasts`>;
