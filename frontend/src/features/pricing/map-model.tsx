import { useQuery } from "@tanstack/react-query";
import { Search } from "lucide-react";
import { useDeferredValue, useState } from "react";

import type { KnownModel } from "@/api/types";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Field } from "@/components/ui/field";
import { ErrorState, SkeletonRows } from "@/components/ui/states";

import { knownModelsQuery } from "./api";
import { ANY, likeliestFirst } from "./rules";
import type { PriceChanges } from "./use-price-changes";

type Unknown = { provider: string; model: string };
type Props = {
  workspaceId: string;
  changes: PriceChanges;
  of: Unknown;
  suggestions: readonly KnownModel[];
};

/** Says which known model an unknown name is: the likeliest with one click, any other by a search. */
export function MapModel({ workspaceId, changes, of, suggestions }: Props) {
  const [open, setOpen] = useState(false);
  const map = (to: KnownModel) => {
    changes.change(
      {
        done: "added",
        rules: [
          {
            kind: "deployment",
            provider: of.provider,
            model_pattern: of.model,
            target_provider: to.provider,
            target_model: to.model,
            meter: ANY,
            note: "",
          },
        ],
      },
      {
        onSuccess: () => {
          setOpen(false);
        },
      },
    );
  };
  const likeliest = suggestions[0];
  return (
    <>
      {likeliest && (
        <Button
          size="sm"
          disabled={changes.isPending}
          title={`${likeliest.provider}/${likeliest.model}`}
          className="max-w-full"
          onClick={() => {
            map(likeliest);
          }}
        >
          <span className="truncate">It is {likeliest.model}</span>
        </Button>
      )}
      <Button
        look={likeliest ? "secondary" : "primary"}
        size="sm"
        onClick={() => {
          changes.reset();
          setOpen(true);
        }}
      >
        {likeliest ? "Another model…" : "Map to a known model"}
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title={`Which model is ${of.model}?`}
        description={`Its calls at ${of.provider} are then priced as the model you choose.`}
      >
        {changes.error && <ErrorState error={changes.error} />}
        <KnownModels
          workspaceId={workspaceId}
          suggestions={suggestions}
          busy={changes.isPending}
          onPick={map}
        />
      </Dialog>
    </>
  );
}

type PickerProps = {
  workspaceId: string;
  suggestions: readonly KnownModel[];
  busy: boolean;
  onPick: (model: KnownModel) => void;
};

function KnownModels({ workspaceId, suggestions, busy, onPick }: PickerProps) {
  const [text, setText] = useState("");
  const asked = useDeferredValue(text.trim());
  const { data, error, refetch } = useQuery({
    ...knownModelsQuery(workspaceId, asked),
    enabled: asked !== "",
    placeholderData: (before) => before,
  });
  const found = asked === "" ? suggestions : data && likeliestFirst(data.items, asked);
  return (
    <div className="grid gap-3">
      <Field
        label="Search the price book"
        type="search"
        value={text}
        placeholder="gpt-4o mini"
        onChange={(event) => {
          setText(event.target.value);
        }}
      />
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {found ? (
        <>
          <ul aria-label="Known models" className="grid max-h-80 gap-1 overflow-y-auto">
            {found.map((model) => (
              <li key={`${model.provider}/${model.model}`}>
                <button
                  type="button"
                  disabled={busy}
                  onClick={() => {
                    onPick(model);
                  }}
                  className="flex min-h-10 w-full flex-wrap items-center justify-between gap-x-3 rounded-lg border border-line px-3 py-1.5 text-left hover:border-accent hover:bg-accent-wash"
                >
                  <span className="font-medium break-all">{model.model}</span>
                  <span className="text-[0.87rem] text-ink-faint">{model.provider}</span>
                </button>
              </li>
            ))}
          </ul>
          {found.length === 0 && <NothingFound text={asked} />}
        </>
      ) : (
        !error && <SkeletonRows label="Searching" />
      )}
    </div>
  );
}

function NothingFound({ text }: { text: string }) {
  return (
    <p className="flex items-center gap-2 text-ink-soft" role="status">
      <Search aria-hidden="true" className="size-4 text-ink-faint" />
      {text === ""
        ? "Nothing resembles it. Type a part of the model's name."
        : `No known model is called “${text}”.`}
    </p>
  );
}
