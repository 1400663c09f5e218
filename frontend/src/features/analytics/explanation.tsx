import { Check, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import type { CallDetail, Explanation, ExplanationLine } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { SourceLink } from "@/components/ui/source-link";
import { cx } from "@/lib/cx";
import { instantLabel } from "@/lib/dates";
import { exactMoney, points } from "@/lib/format";
import { unitLabel } from "@/lib/units";

import { arithmetic, capacityText, datesText, freeText, isOwnAlone, ownText, rolesOf } from "./explaining";
import { reasonText } from "./rules";

/** The arithmetic of one call, as a person would write it down. */
export function ExplanationView({ call, reprice }: { call: CallDetail; reprice?: ReactNode }) {
  const { explanation } = call;
  return (
    <div className="grid gap-3">
      <Conditions explanation={explanation} />
      {rolesOf(explanation).map(({ role, lines }) => (
        <Portion key={role} role={role} lines={lines} explanation={explanation} pricedAs={call.priced_as} />
      ))}
      {explanation.unpriced_units.length > 0 && <WithoutPrice explanation={explanation} />}
      <Sums explanation={explanation} />
      <Verdict explanation={explanation} reprice={reprice} />
      <History explanation={explanation} />
    </div>
  );
}

function Conditions({ explanation }: { explanation: Explanation }) {
  const { tier, processing, speed, geo, bracket, capacity } = explanation;
  const words = [
    tier && `tier ${tier}`,
    processing,
    speed && `speed ${speed}`,
    geo && `processed in ${geo.place}`,
    bracket?.text,
    capacityText(capacity),
  ].filter(Boolean);
  if (words.length === 0) return null;
  return (
    <ul aria-label="What the price depends on" className="flex flex-wrap gap-1.5">
      {words.map((word) => (
        <li key={word} className="max-w-full">
          <Badge>{word}</Badge>
        </li>
      ))}
    </ul>
  );
}

type PortionProps = {
  role: string;
  lines: ExplanationLine[];
  explanation: Explanation;
  pricedAs: string | null;
};

/** The lines of the call itself, or of one sub-request with a model of its own. */
function Portion({ role, lines, explanation, pricedAs }: PortionProps) {
  return (
    <section aria-label={role || "The call itself"} className={cx(role && "border-l-2 border-line pl-3")}>
      {role && (
        <h4 className="mb-1 text-[0.9rem] font-semibold">
          {role.replaceAll("_", " ")}{" "}
          <span className="font-normal text-ink-faint">{lines[0]?.priced_as}</span>
        </h4>
      )}
      <ul className="divide-y divide-line">
        {lines.map((line) => (
          <PriceLine key={line.unit} line={line} explanation={explanation} pricedAs={pricedAs} />
        ))}
      </ul>
    </section>
  );
}

type LineProps = { line: ExplanationLine; explanation: Explanation; pricedAs: string | null };

function PriceLine({ line, explanation, pricedAs }: LineProps) {
  const own = ownText(line);
  const dates = datesText(line, pricedAs);
  const isOtherBracket = line.bracket !== null && line.bracket.text !== explanation.bracket?.text;
  return (
    <li className="py-2 first:pt-0">
      <p className="flex flex-wrap items-baseline justify-between gap-x-4">
        <span className="font-medium first-letter:uppercase">{line.label}</span>
        <span className="ml-auto text-right font-mono text-[0.84rem]">
          {arithmetic(line)} = <strong className="font-semibold">{exactMoney(line.cost)}</strong>
        </span>
      </p>
      {own && (
        <p className="flex flex-wrap items-baseline justify-between gap-x-4 text-[0.87rem] text-accent-strong">
          <span>{own}</span>
          <span className="ml-auto font-mono text-[0.84rem]">
            = <strong className="font-semibold">{exactMoney(line.contracted)}</strong>
          </span>
        </p>
      )}
      {line.geo && line.geo.factor !== "1" && (
        <p className="text-[0.84rem] text-ink-soft">
          The price has the factor {line.geo.factor} for {line.geo.place} in it.
        </p>
      )}
      {isOtherBracket && <p className="text-[0.84rem] text-ink-soft">{line.bracket?.text}</p>}
      <p className="text-[0.82rem] break-words text-ink-faint">
        {isOwnAlone(line) ? (
          "The price book has no price for this; your own rate stands alone."
        ) : (
          <>
            <SourceLink name={line.source} at={line.source_ref ?? ""} />
            {dates && ` · ${dates}`}
          </>
        )}
      </p>
    </li>
  );
}

function WithoutPrice({ explanation }: { explanation: Explanation }) {
  const units = explanation.unpriced_units.map(unitLabel);
  return (
    <p className="rounded-lg border border-warn-line bg-warn-wash px-3 py-2 text-[0.9rem]">
      <strong className="font-semibold">Without a price:</strong> {units.join(", ")}. A call is only priced
      when every part of it is, so this one has no cost.
    </p>
  );
}

function Sums({ explanation }: { explanation: Explanation }) {
  const { list_cost: list, contracted_cost: contracted, reported_cost: reported } = explanation;
  const {
    difference,
    difference_percent: percent,
    stored_cost: stored,
    free_reason: freeReason,
  } = explanation;
  const isProviders = stored !== null && stored === reported && stored !== contracted;
  return (
    <dl className="grid gap-1 border-t border-line-strong/50 pt-2 text-[0.93rem]">
      <Sum label="At list prices" value={exactMoney(list)} />
      {contracted !== list && <Sum label="At your own prices" value={exactMoney(contracted)} />}
      {reported !== null && (
        <Sum
          label="The provider's own figure"
          value={exactMoney(reported)}
          aside={difference && differenceText(difference, percent)}
        />
      )}
      <Sum
        label="Counted with"
        value={exactMoney(stored)}
        aside={
          freeReason ? `free: ${freeText(freeReason)}` : isProviders && "the provider's own figure goes first"
        }
        isTotal
      />
    </dl>
  );
}

function differenceText(difference: string, percent: string | null): string {
  if (/^-?0(\.0*)?$/.test(difference)) return "the same as ours";
  const sign = difference.startsWith("-") ? "" : "+";
  return `${sign}${exactMoney(difference)}${percent === null ? "" : ` (${points(percent, { signed: true })})`} against ours`;
}

type SumProps = { label: string; value: string; aside?: string | false | null; isTotal?: boolean };

function Sum({ label, value, aside, isTotal = false }: SumProps) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-4">
      <dt className={isTotal ? "font-semibold" : "text-ink-soft"}>{label}</dt>
      <dd className="ml-auto text-right">
        {aside && <span className="mr-2 text-[0.84rem] text-ink-faint">{aside}</span>}
        <span className={cx("font-mono text-[0.88rem]", isTotal && "total-rule font-semibold")}>{value}</span>
      </dd>
    </div>
  );
}

function Verdict({ explanation, reprice }: { explanation: Explanation; reprice?: ReactNode }) {
  const { is_exact: exact, price_version: then, current_price_version: now } = explanation;
  if (exact && explanation.stored_cost === null) {
    return (
      <p className="text-[0.9rem] text-ink-soft">
        No cost is stored, and today's prices know none either: {reasonText(explanation.unpriced_reason)}.
      </p>
    );
  }
  if (exact) {
    return (
      <p className="flex items-center gap-2 text-[0.9rem] text-good">
        <Check aria-hidden="true" className="size-4 shrink-0" />
        This explains the stored figure exactly.
      </p>
    );
  }
  return (
    <div className="flex items-start gap-2 text-[0.9rem] text-warn">
      <TriangleAlert aria-hidden="true" className="mt-0.5 size-4 shrink-0" />
      <div>
        <p>
          Stored is {exactMoney(explanation.stored_cost)}, by the prices of version {then}. The lines above
          are today's (version {now}) and give {exactMoney(explanation.current_cost)}. The stored figure stays
          until the call is priced again.
        </p>
        {reprice && <p className="mt-1">{reprice}</p>}
      </div>
    </div>
  );
}

/** What the call was counted with before it was priced again; what was taken back says so. */
function History({ explanation: { history } }: { explanation: Explanation }) {
  if (history.length === 0) return null;
  return (
    <section aria-label="Earlier figures">
      <h4 className="eyebrow mb-1">Earlier figures</h4>
      <ul className="grid gap-1 text-[0.9rem]">
        {history.map((each) => (
          <li key={each.repricing_id} className="flex flex-wrap justify-between gap-x-4">
            <span className="text-ink-soft">
              {each.changed_at ? `Until ${instantLabel(each.changed_at)}` : "Being priced again"}, version{" "}
              {each.price_version}
              {each.undone_at && ` (taken back ${instantLabel(each.undone_at)})`}
            </span>
            <span className="ml-auto font-mono text-[0.84rem]">{exactMoney(each.cost)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
