import type { Alert, AlertKind, Severity } from "@/api/types";

import { KINDS, SEVERITIES, STATES } from "./words";

export type AlertsSearch = { id?: string; state?: Alert["state"]; kind?: AlertKind; severity?: Severity };

const oneOf = <T extends string>(known: readonly { value: T }[], raw: unknown): T | undefined =>
  known.find(({ value }) => value === raw)?.value;

export function alertsSearch(raw: Record<string, unknown>): AlertsSearch {
  const [state, kind, severity] = [
    oneOf(STATES, raw.state),
    oneOf(KINDS, raw.kind),
    oneOf(SEVERITIES, raw.severity),
  ];
  return {
    ...(typeof raw.id === "string" && raw.id && { id: raw.id }),
    ...(state && { state }),
    ...(kind && { kind }),
    ...(severity && { severity }),
  };
}
