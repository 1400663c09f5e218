/** What an alert can be, in words; apart from the rules, since the addresses of the app need no more. */
import type { Alert, AlertKind, Severity } from "@/api/types";
import type { BadgeTone } from "@/components/ui/badge";

export const KINDS: readonly { value: AlertKind; label: string }[] = [
  { value: "budget_threshold", label: "Budget threshold" },
  { value: "forecast_crossing", label: "Forecast crosses a budget" },
  { value: "spend_spike", label: "Spend spike" },
  { value: "new_model", label: "New model" },
  { value: "new_key", label: "New API key" },
  { value: "unpriced_spend", label: "Unpriced spend" },
  { value: "error_rate", label: "Errors" },
  { value: "sync_failing", label: "Sync fails" },
  { value: "sync_stale", label: "Sync is late" },
  { value: "credits_low", label: "Credits run out" },
];

export const STATES: readonly { value: Alert["state"]; label: string }[] = [
  { value: "open", label: "Open" },
  { value: "acknowledged", label: "Acknowledged" },
  { value: "resolved", label: "Resolved" },
];

export const SEVERITIES: readonly { value: Severity; label: string; tone: BadgeTone }[] = [
  { value: "critical", label: "Critical", tone: "bad" },
  { value: "warning", label: "Warning", tone: "warn" },
  { value: "info", label: "Info", tone: "plain" },
];
