import type { ReactNode } from "react";

import { ApiError } from "@/lib/errors";
import { cx } from "@/lib/cx";

import { Button } from "./button";
import { Notice } from "./notice";

/** Grey shapes in place of what is coming; said once, in words, to a screen reader. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <div
      aria-hidden="true"
      className={cx("animate-[breathe_1.6s_ease-in-out_infinite] rounded-md bg-sunken", className)}
    />
  );
}

export function Loading({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="status" aria-live="polite">
      <span className="sr-only">{label}</span>
      {children}
    </div>
  );
}

export function SkeletonRows({ label, rows = 4 }: { label: string; rows?: number }) {
  return (
    <Loading label={label}>
      <div className="grid gap-3">
        {Array.from({ length: rows }, (_, row) => (
          <Skeleton key={row} className="h-9" />
        ))}
      </div>
    </Loading>
  );
}

type EmptyProps = { title: string; children?: ReactNode; action?: ReactNode };

export function Empty({ title, children, action }: EmptyProps) {
  return (
    <div className="grid justify-items-center gap-1.5 px-4 py-10 text-center">
      {/* An empty ledger page: ruled lines, nothing entered. */}
      <svg aria-hidden="true" viewBox="0 0 64 44" className="mb-2 h-11 text-line-strong">
        <path d="M4 10h56M4 19h56M4 28h56" stroke="currentColor" strokeOpacity="0.45" />
        <path d="M40 36h20M40 40h20" stroke="var(--rule)" />
      </svg>
      <p className="font-semibold">{title}</p>
      {children && <div className="max-w-md text-[0.93rem] text-ink-soft">{children}</div>}
      {action && <div className="mt-3">{action}</div>}
    </div>
  );
}

type ErrorProps = { error: Error; title?: string; onRetry?: () => void };

/** What went wrong, what to do, and a way to try again. */
export function ErrorState({ error, title, onRetry }: ErrorProps) {
  const problem = error instanceof ApiError ? error.problem : null;
  return (
    <Notice
      tone="bad"
      title={title ?? problem?.title ?? "Something broke on this page"}
      action={
        onRetry && (
          <Button look="secondary" size="sm" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      <p>{problem?.detail ?? error.message}</p>
      {problem?.requestId && problem.status >= 500 && (
        <p className="mt-1 font-mono text-[0.8rem] break-all">Request {problem.requestId}</p>
      )}
    </Notice>
  );
}
