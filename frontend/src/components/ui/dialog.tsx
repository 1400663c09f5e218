import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { useRef, type ReactNode } from "react";

import { cx } from "@/lib/cx";

import { buttonClass } from "./button";

type Props = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  /** Where it stands on a wide screen: in the middle, or along the right edge for what is long. */
  place?: keyof typeof PLACES;
  children: ReactNode;
};

const PLACES = {
  middle: "max-h-[calc(100dvh-1.5rem)] max-w-lg sm:top-[12dvh] sm:bottom-auto sm:max-h-[84dvh]",
  side: "max-h-[calc(100dvh-1.5rem)] sm:inset-y-3 sm:right-3 sm:left-auto sm:mx-0 sm:w-[min(44rem,calc(100vw-1.5rem))]",
} as const;

/**
 * A modal sheet. Radix's own Overlay is left out on purpose: it locks scrolling with an injected
 * <style>, which the page's Content-Security-Policy refuses; `styles.css` locks it by a selector.
 */
export function Dialog({ open, onOpenChange, title, description, place = "middle", children }: Props) {
  const opener = useRef<Element | null>(null);
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <div data-dialog-shade="" className="fixed inset-0 z-40 bg-shade" />
        <Radix.Content
          {...(description ? {} : { "aria-describedby": undefined })}
          // Radix gives the focus back to a trigger of its own, and these sheets are opened by other means
          onOpenAutoFocus={() => {
            opener.current = document.activeElement;
          }}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener.current instanceof HTMLElement) opener.current.focus();
          }}
          className={cx(
            "fixed inset-x-3 bottom-3 z-50 mx-auto animate-[rise_140ms_ease-out] overflow-y-auto rounded-2xl border border-line bg-sheet p-5 shadow-lift outline-none sm:p-6",
            PLACES[place],
          )}
        >
          <Radix.Title className="pr-9 text-lg font-semibold">{title}</Radix.Title>
          {description && (
            <Radix.Description className="mt-1 text-[0.93rem] text-ink-soft">{description}</Radix.Description>
          )}
          <Radix.Close
            aria-label="Close"
            className={buttonClass({ look: "quiet", size: "icon" }, "absolute top-3.5 right-3.5")}
          >
            <X aria-hidden="true" className="size-4.5" />
          </Radix.Close>
          <div className="mt-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
