import { useState } from "react";

import type { ProviderGuide } from "@/api/types";
import { Field } from "@/components/ui/field";
import { fieldError } from "@/lib/errors";

import { keyWarning } from "./rules";

/** The key, never shown; with which one is needed and where it is made. */
export function KeyField({ guide, error }: { guide?: ProviderGuide; error: Error | null }) {
  const [key, setKey] = useState("");
  const refusal = fieldError(error, "api_key");
  const warning = guide && !refusal && keyWarning(guide, key.trim());
  return (
    <Field
      label={guide?.key_label ?? "API key"}
      name="api_key"
      type="password"
      autoComplete="off"
      spellCheck={false}
      required
      maxLength={20_000}
      placeholder={guide?.key_starts_with ? `${guide.key_starts_with}…` : undefined}
      hint={
        guide && (
          <>
            {guide.key_hint} {guide.make_key_at && <MakeKey address={guide.make_key_at} />}
            {warning && <span className="block text-warn">{warning}</span>}
          </>
        )
      }
      error={refusal}
      onChange={(event) => {
        setKey(event.target.value);
      }}
    />
  );
}

function MakeKey({ address }: { address: string }) {
  return (
    <a
      href={address}
      target="_blank"
      rel="noreferrer"
      className="font-medium text-accent underline underline-offset-3"
    >
      Make one at {new URL(address).host}
    </a>
  );
}
