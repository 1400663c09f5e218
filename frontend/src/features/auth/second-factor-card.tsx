import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import type { SecondFactor, User } from "@/api/types";
import { Badge } from "@/components/ui/badge";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { Notice } from "@/components/ui/notice";
import { ErrorState, SkeletonRows } from "@/components/ui/states";
import { dateLabel } from "@/lib/dates";

import { secondFactorQuery } from "./api";
import { DisableForm } from "./disable-form";
import { Enrol } from "./enrol";
import { RenewCodes } from "./renew-codes";

const FEW_CODES = 3;

type Props = { user: User; hasPassword: boolean };

export function SecondFactorCard({ user, hasPassword }: Props) {
  const { data, error, refetch } = useQuery(secondFactorQuery);
  return (
    <Card
      title="Second factor"
      hint="A code from an app on your phone, asked for after your password."
      actions={data?.enabled && <Badge tone="accent">On</Badge>}
    >
      {data ? (
        data.enabled ? (
          <TurnedOn factor={data} user={user} hasPassword={hasPassword} />
        ) : user.email_verified ? (
          <TurnedOff user={user} hasPassword={hasPassword} />
        ) : (
          <p className="text-[0.93rem] text-ink-soft">
            It can be added once your address is confirmed: whoever reads its mail must always be able to get
            the account back.
          </p>
        )
      ) : error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <SkeletonRows label="Loading the second factor" rows={1} />
      )}
    </Card>
  );
}

function TurnedOff({ user, hasPassword }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <p className="text-[0.93rem] text-ink-soft">It is off: whoever knows your password can sign in.</p>
      <Button
        look="secondary"
        onClick={() => {
          setOpen(true);
        }}
      >
        Turn on
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title="Turn on the second factor">
        <Enrol
          user={user}
          hasPassword={hasPassword}
          onDone={() => {
            setOpen(false);
          }}
        />
      </Dialog>
    </div>
  );
}

function TurnedOn({ factor, user, hasPassword }: Props & { factor: SecondFactor }) {
  const [open, setOpen] = useState<"codes" | "off" | null>(null);
  const left = factor.recovery_codes_left;
  const close = () => {
    setOpen(null);
  };
  return (
    <div className="grid gap-4">
      {left <= FEW_CODES && (
        <Notice
          tone="warn"
          title={left === 0 ? "No recovery code is left" : `Only ${left} recovery codes are left`}
        >
          Make new ones, so that a lost phone does not lock you out.
        </Notice>
      )}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-[0.93rem] text-ink-soft">
          {factor.enabled_at && `On since ${dateLabel(factor.enabled_at)}. `}
          {left} of 10 recovery codes left.
        </p>
        <div className="flex flex-wrap gap-2">
          <Button
            look="secondary"
            size="sm"
            onClick={() => {
              setOpen("codes");
            }}
          >
            New recovery codes
          </Button>
          <Button
            look="danger"
            size="sm"
            onClick={() => {
              setOpen("off");
            }}
          >
            Turn off
          </Button>
        </div>
      </div>
      <Dialog open={open === "codes"} onOpenChange={close} title="New recovery codes">
        <RenewCodes email={user.email} onDone={close} />
      </Dialog>
      <Dialog
        open={open === "off"}
        onOpenChange={close}
        title="Turn off the second factor?"
        description="From then on your password alone opens your account. Your recovery codes end, and you are told by mail."
      >
        <DisableForm hasPassword={hasPassword} onDone={close} />
      </Dialog>
    </div>
  );
}
