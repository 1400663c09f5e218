import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";

const ITEM =
  "flex min-h-9 w-full cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1 text-left outline-none select-none data-[highlighted]:bg-sunken";

type Props = {
  label: string;
  trigger: ReactNode;
  className: string;
  align?: "start" | "end";
  children: ReactNode;
};

/** Not modal: a modal menu locks scrolling by an injected <style>, which the page's policy refuses. */
export function Menu({ label, trigger, className, align = "end", children }: Props) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger aria-label={label} className={className}>
        {trigger}
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align={align}
          sideOffset={6}
          collisionPadding={12}
          className="z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 max-w-[min(20rem,calc(100vw-1.5rem))] animate-[rise_120ms_ease-out] overflow-y-auto rounded-xl border border-line bg-sheet p-1.5 text-[0.93rem] shadow-lift"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export function MenuItem({ onSelect, children }: { onSelect: () => void; children: ReactNode }) {
  return (
    <Radix.Item className={ITEM} onSelect={onSelect}>
      {children}
    </Radix.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="eyebrow px-2.5 py-1.5">{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className="my-1.5 h-px bg-line" />;
}

type Option = { value: string; label: string; icon?: ReactNode };
type ChoiceProps = { value: string; options: readonly Option[]; onChange: (value: string) => void };

export function MenuChoice({ value, options, onChange }: ChoiceProps) {
  return (
    <Radix.RadioGroup value={value} onValueChange={onChange}>
      {options.map((option) => (
        <Radix.RadioItem key={option.value} value={option.value} className={ITEM}>
          {option.icon}
          <span className="min-w-0 flex-1 truncate">{option.label}</span>
          <Radix.ItemIndicator>
            <Check aria-hidden="true" className="size-4 text-accent" />
          </Radix.ItemIndicator>
        </Radix.RadioItem>
      ))}
    </Radix.RadioGroup>
  );
}
