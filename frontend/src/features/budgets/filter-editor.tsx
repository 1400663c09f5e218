import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useId, useState, type KeyboardEvent } from "react";

import type { Budget } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import { currentMonth } from "@/lib/dates";

import { keyNamesQuery, tagNamesQuery, valuesQuery } from "./api";
import { useKeyNames } from "./budget-list";
import {
  conditionText,
  dimensionsOn,
  NONE,
  withCondition,
  type Condition,
  type Dimension,
} from "./filtering";

type Props = {
  workspaceId: string;
  ledger: Budget["ledger"];
  conditions: readonly Condition[];
  error?: string;
  onChange: (conditions: Condition[]) => void;
};

/** Which calls count: the conditions that hold, each with its way out, and one more to add. */
export function FilterEditor({ workspaceId, ledger, conditions, error, onChange }: Props) {
  const id = useId();
  const keyNames = useKeyNames(workspaceId);
  return (
    <fieldset className="grid min-w-0 grid-cols-1 gap-2.5" aria-describedby={`${id}-hint`}>
      <legend className="mb-1.5 text-[0.9rem] font-medium">Which calls count</legend>
      {conditions.length === 0 ? (
        <p className="text-[0.93rem]">Every call of the workspace.</p>
      ) : (
        <ul aria-label="Only calls with" className="flex flex-wrap gap-2">
          {conditions.map((condition) => (
            <li key={`${condition.dimension}=${condition.value}`} className="max-w-full">
              <Chip
                text={conditionText(condition, keyNames)}
                onRemove={() => {
                  onChange(conditions.filter((each) => each !== condition));
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <AddCondition
        workspaceId={workspaceId}
        ledger={ledger}
        onAdd={(added) => {
          onChange(withCondition(conditions, added));
        }}
      />
      <p id={`${id}-hint`} className="text-[0.85rem] text-ink-faint">
        Several values of one dimension: any of them. Several dimensions: all of them.
        {ledger === "tracked" && " A customer or a tag stands alone."}
      </p>
      {error && <p className="text-[0.85rem] text-bad">{error}</p>}
    </fieldset>
  );
}

type AddProps = Pick<Props, "workspaceId" | "ledger"> & { onAdd: (condition: Condition) => void };

function AddCondition({ workspaceId, ledger, onAdd }: AddProps) {
  const [wanted, setDimension] = useState<Dimension>("project");
  const [value, setValue] = useState("");
  const [tag, setTag] = useState("");
  const choices = dimensionsOn(ledger);
  const dimension = choices.some((choice) => choice.value === wanted) ? wanted : "project";
  const list = useId();
  const tags = useTags(workspaceId, dimension === "tag");
  const options = useValues(workspaceId, dimension, tag);
  const isReady = value.trim() !== "" && (dimension !== "tag" || tag.trim() !== "");
  const add = () => {
    if (!isReady) return;
    const text = value.trim();
    onAdd({
      dimension,
      value: text === NONE ? "" : (options.find(({ label }) => label === text)?.value ?? text),
      ...(dimension === "tag" && { tag: tag.trim() }),
    });
    setValue("");
  };
  // Enter adds the condition; it is not the form's yet
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add();
  };
  return (
    <div className="flex flex-wrap gap-2">
      <Select
        label="Dimension"
        value={dimension}
        options={choices}
        onChange={(next) => {
          setDimension(next as Dimension);
          setValue("");
        }}
      />
      {dimension === "tag" && (
        <Input
          label="Tag"
          list={`${list}-tags`}
          value={tag}
          placeholder="team"
          onChange={setTag}
          onKeyDown={onKeyDown}
        />
      )}
      <Input
        label="Value"
        list={`${list}-values`}
        value={value}
        placeholder={options[0]?.label ?? "exact name"}
        onChange={setValue}
        onKeyDown={onKeyDown}
      />
      <Button look="secondary" disabled={!isReady} onClick={add}>
        Add
      </Button>
      <datalist id={`${list}-tags`}>
        {tags.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id={`${list}-values`}>
        {options.map(({ value: own, label }) => (
          <option key={own} value={label} />
        ))}
      </datalist>
    </div>
  );
}

type InputProps = {
  label: string;
  list: string;
  value: string;
  placeholder: string;
  onChange: (value: string) => void;
  onKeyDown: (event: KeyboardEvent) => void;
};

function Input({ label, onChange, ...rest }: InputProps) {
  return (
    <input
      aria-label={label}
      className="field w-40 min-w-0 flex-1 sm:w-52 sm:flex-none"
      maxLength={256}
      onChange={(event) => {
        onChange(event.target.value);
      }}
      {...rest}
    />
  );
}

function useTags(workspaceId: string, isWanted: boolean): string[] {
  const { data } = useQuery({ ...tagNamesQuery(workspaceId, currentMonth()), enabled: isWanted });
  return (data?.items ?? []).flatMap(({ tag }) => (tag === null ? [] : [tag]));
}

/** What calls of this month had, by the name that people know. */
function useValues(
  workspaceId: string,
  dimension: Dimension,
  tag: string,
): { value: string; label: string }[] {
  const isKey = dimension === "api_key_id";
  const keys = useQuery({ ...keyNamesQuery(workspaceId), enabled: isKey });
  const values = useQuery({
    ...valuesQuery(workspaceId, currentMonth(), isKey ? "project" : dimension, tag),
    enabled: !isKey && (dimension !== "tag" || tag !== ""),
    retry: false,
  });
  if (isKey)
    return (keys.data?.items ?? []).map(({ id, name, prefix }) => ({
      value: id,
      label: `${name} (${prefix})`,
    }));
  return (values.data?.rows ?? []).map(({ key }) => ({ value: key, label: key || NONE }));
}

function Chip({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <button
      type="button"
      onClick={onRemove}
      aria-label={`Remove ${text}`}
      className="inline-flex min-h-8 max-w-full items-center gap-1.5 rounded-full border border-line bg-accent-wash px-3 text-[0.87rem] text-accent-strong hover:border-accent"
    >
      <span className="truncate">{text}</span>
      <X aria-hidden="true" className="size-3.5 shrink-0" />
    </button>
  );
}
