import type { ReactNode } from "react";

import type { Breakdown, BreakdownRow } from "@/api/types";
import { Amount } from "@/components/ui/amount";
import { Badge } from "@/components/ui/badge";
import { cx } from "@/lib/cx";
import { compactCount, count, percent, plural } from "@/lib/format";

import { callsOf, labelOf, type Dimension } from "./filters";
import type { CallsLink } from "./links";
import { foreignText, OTHER, unknownCost } from "./rules";

type Props = { breakdown: Breakdown; by: Dimension; callsLink: CallsLink };

/** A month's groups, dearest first, with what the ledger knows of each. */
export function BreakdownTable({ breakdown, by, callsLink }: Props) {
  const { month, ledger, rows } = breakdown;
  // a bill knows no calls and no tokens, and what providers counted has no price
  const hasCalls = ledger !== "billed";
  const hasCost = ledger !== "reported";
  const tokens = cx("w-24 text-right", hasCost && "hidden md:table-cell");
  return (
    <table className="w-full table-fixed text-[0.93rem]">
      <thead>
        <tr className="text-left [&>th]:border-b [&>th]:border-line-strong/50 [&>th]:pb-1.5 [&>th]:text-[0.86rem] [&>th]:font-medium [&>th]:text-ink-faint">
          <th scope="col" className="truncate">
            {by === "tag" ? breakdown.tag : labelOf(by, ledger)}
          </th>
          {hasCalls && (
            <>
              <th scope="col" className="hidden w-20 text-right sm:table-cell">
                Calls
              </th>
              <th scope="col" className={tokens}>
                Tokens in
              </th>
              <th scope="col" className={tokens}>
                Tokens out
              </th>
            </>
          )}
          {hasCost && (
            <>
              <th scope="col" className="w-16 text-right">
                Share
              </th>
              <th scope="col" className="w-34 text-right">
                Cost
              </th>
            </>
          )}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr
            key={row.key}
            className="align-top [&>*]:border-b [&>*]:border-line [&>*]:py-2 [&>*]:pl-2 [&>*:first-child]:pl-0 last:[&>*]:border-0"
          >
            <Group
              row={row}
              name={
                // only calls of our own can be shown one by one
                ledger === "tracked" && row.key !== OTHER ? (
                  callsLink(
                    { month, ...callsOf(by, breakdown.tag, row.key) },
                    row.label,
                    "min-w-0 truncate font-medium underline-offset-3 hover:underline",
                  )
                ) : (
                  <Told row={row} isNamesake={rows.some((one) => one !== row && one.label === row.label)} />
                )
              }
            />
            {hasCalls && <Counts row={row} tokens={tokens} />}
            {hasCost && <Cost row={row} />}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The provider's own name; where two have the same, its id tells them apart. */
function Told({ row: { key, label }, isNamesake }: { row: BreakdownRow; isNamesake: boolean }) {
  return (
    <span className="min-w-0 truncate" title={key}>
      {label}
      {isNamesake && <span className="block truncate font-mono text-[0.8rem] text-ink-faint">{key}</span>}
    </span>
  );
}

function Group({ row, name }: { row: BreakdownRow; name: ReactNode }) {
  return (
    <th scope="row" className="text-left font-normal">
      <span className="flex flex-wrap items-center gap-x-2">
        {name}
        {!!row.unpriced_calls && (
          <Badge tone="warn" title="In no amount">
            {count(row.unpriced_calls)} unpriced
          </Badge>
        )}
        {!!row.free_calls && <Badge tone="accent">{count(row.free_calls)} free</Badge>}
      </span>
      {row.share !== null && <Bar share={row.share} />}
      {row.calls !== null && (
        <span className="mt-1 block text-[0.82rem] text-ink-faint sm:hidden">
          {plural(row.calls, "call")}
        </span>
      )}
    </th>
  );
}

function Counts({ row, tokens }: { row: BreakdownRow; tokens: string }) {
  return (
    <>
      <td className="hidden text-right sm:table-cell">{count(row.calls)}</td>
      <td className={tokens} title={count(row.input_tokens)}>
        {compactCount(row.input_tokens)}
      </td>
      <td className={tokens} title={count(row.output_tokens)}>
        {compactCount(row.output_tokens)}
      </td>
    </>
  );
}

function Cost({ row }: { row: BreakdownRow }) {
  return (
    <>
      <td className="text-right">{percent(row.share)}</td>
      <td className="text-right font-medium">
        <Amount value={row.cost} currency={row.currency} exact="below" unknown={unknownCost(row)} />
        {row.other_currencies.length > 0 && (
          <span className="block text-[0.82rem] font-normal text-ink-soft">{foreignText(row)}</span>
        )}
      </td>
    </>
  );
}

/** Decoration: the share stands beside it as text. */
function Bar({ share }: { share: string }) {
  return (
    <span aria-hidden="true" className="mt-1.5 block h-1.5 overflow-hidden rounded-full bg-sunken">
      <span
        className="block h-full rounded-full bg-accent"
        style={{ width: `${Math.max(0, Math.min(1, Number(share))) * 100}%` }}
      />
    </span>
  );
}
