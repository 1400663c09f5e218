import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";

import { PlainPage } from "@/components/layout/plain-page";
import { buttonClass } from "@/components/ui/button";
import { ErrorState, Loading, Skeleton } from "@/components/ui/states";

export function MissingPage() {
  return (
    <PlainPage
      title="There is nothing at this address"
      lead="The page may have moved, or it belongs to a workspace that you are not a member of."
    >
      <Link to="/" className={buttonClass()}>
        Go to your dashboard
      </Link>
    </PlainPage>
  );
}

export function BrokenPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <div className="mx-auto max-w-xl px-4 py-16">
      <ErrorState error={error instanceof Error ? error : new Error(String(error))} onRetry={retry} />
    </div>
  );
}

export function PendingPage() {
  return (
    <Loading label="Loading">
      <div className="mx-auto grid max-w-[84rem] gap-4 px-4 py-8 sm:px-6">
        <Skeleton className="h-9 w-56" />
        <Skeleton className="h-52 rounded-xl" />
        <Skeleton className="h-72 rounded-xl" />
      </div>
    </Loading>
  );
}
