import type { Repricing } from "@/api/types";
import { Button } from "@/components/ui/button";
import { CheckField, Field } from "@/components/ui/field";
import { ErrorState } from "@/components/ui/states";
import { currentMonth, periodOf, shiftDay } from "@/lib/dates";
import { fieldError } from "@/lib/errors";
import { onSubmit } from "@/lib/form";

import { useStart } from "./api";
import { asked } from "./rules";
import type { RepricingSearch } from "./search";

type Props = { workspaceId: string; search: RepricingSearch; onStarted: (started: Repricing) => void };

/** Asks which calls to price again. Nothing changes yet: a preview comes first. */
export function RepricingForm({ workspaceId, search, onStarted }: Props) {
  const start = useStart(workspaceId, onStarted);
  const month = periodOf(currentMonth());
  return (
    <form
      className="grid gap-4"
      onSubmit={onSubmit((field) => {
        start.mutate(
          asked(field, { unpriced: field("unpriced") === "on", reread: field("reread") === "on" }),
        );
      })}
    >
      {start.error && <ErrorState error={start.error} />}
      <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
        <Field
          label="First day"
          name="from"
          type="date"
          defaultValue={search.first ?? month.from}
          hint="UTC; empty is from the first call on"
          error={fieldError(start.error, "from")}
        />
        <Field
          label="Last day"
          name="to"
          type="date"
          defaultValue={search.last ?? shiftDay(month.to, -1)}
          hint="empty is up to now"
          error={fieldError(start.error, "to")}
        />
        <Field
          label="Provider"
          name="provider"
          placeholder="any"
          maxLength={256}
          defaultValue={search.provider}
          error={fieldError(start.error, "provider")}
        />
        <Field
          label="Model"
          name="model"
          placeholder="any"
          maxLength={256}
          defaultValue={search.model}
          hint="as the calls name it"
          error={fieldError(start.error, "model")}
        />
      </div>
      <div className="flex flex-wrap items-end justify-between gap-4">
        <div className="grid gap-2">
          <CheckField
            label="Only calls without a price"
            name="unpriced"
            defaultChecked={search.unpriced === "yes"}
          />
          <CheckField
            label="Read the kept usage objects again"
            name="reread"
            hint="For when a rule of reading was mended, not only a price."
          />
        </div>
        <Button type="submit" busy={start.isPending}>
          Preview
        </Button>
      </div>
    </form>
  );
}
