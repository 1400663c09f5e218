import { useState } from "react";

import type { Member } from "@/api/types";
import { Button } from "@/components/ui/button";
import { ChoiceField, Field } from "@/components/ui/field";
import { onSubmit } from "@/lib/form";

import { actionOptions, isFiltered } from "./rules";
import { auditSearch, type AuditSearch } from "./search";

type Props = {
  search: AuditSearch;
  members: readonly Member[];
  onSearch: (search: AuditSearch) => void;
};

/** Who, what, when and to whom. Choices count at once, typed text when it is sent. */
export function AuditFilter({ search, members, onSearch }: Props) {
  const [cleared, setCleared] = useState(0);
  const change = (part: AuditSearch) => {
    onSearch(auditSearch({ ...search, ...part }));
  };
  return (
    <form
      // fields that were typed into start anew when the filter is taken away
      key={cleared}
      role="search"
      aria-label="Filter the audit log"
      className="grid grid-cols-2 items-end gap-3 sm:grid-cols-3"
      onSubmit={onSubmit((field) => {
        change({ target: field("target") });
      })}
    >
      <ChoiceField
        label="Who"
        value={search.actor ?? ""}
        options={actorOptions(members, search.actor)}
        onChange={(actor) => {
          change({ actor });
        }}
      />
      <ChoiceField
        label="What"
        value={search.action ?? ""}
        options={actionOptions(search.action)}
        onChange={(action) => {
          change({ action });
        }}
      />
      <div className="col-span-2 sm:col-span-1">
        <Field
          label="To whom or what"
          name="target"
          defaultValue={search.target}
          placeholder="a part is enough"
        />
      </div>
      <Field
        label="First day"
        type="date"
        // a date's own width is more than half a phone
        className="min-w-0 px-2"
        value={search.first ?? ""}
        max={search.last}
        onChange={(event) => {
          change({ first: event.target.value });
        }}
      />
      <Field
        label="Last day"
        type="date"
        className="min-w-0 px-2"
        value={search.last ?? ""}
        min={search.first}
        onChange={(event) => {
          change({ last: event.target.value });
        }}
      />
      <div className="col-span-2 flex flex-wrap gap-2 sm:col-span-1">
        <Button type="submit" look="secondary">
          Search
        </Button>
        {isFiltered(search) && (
          <Button
            look="quiet"
            onClick={() => {
              setCleared(cleared + 1);
              onSearch({});
            }}
          >
            Clear
          </Button>
        )}
      </div>
    </form>
  );
}

/** Those who left still stand in the log: who is chosen is always among the choices. */
function actorOptions(members: readonly Member[], chosen: string | undefined) {
  const options = members.map(({ user_id, name, email }) => ({
    value: user_id,
    label: name && email ? `${name} (${email})` : name || email || "Somebody",
  }));
  const isKnown = chosen === undefined || options.some(({ value }) => value === chosen);
  return [
    { value: "", label: "Everybody" },
    ...options,
    ...(isKnown ? [] : [{ value: chosen, label: "Somebody who left" }]),
  ];
}
