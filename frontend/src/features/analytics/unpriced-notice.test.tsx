import { screen } from "@testing-library/react";
import { expect, it } from "vitest";

import { figure, summary } from "@/testing/factories";
import { show } from "@/testing/render";

import type { CallsLink } from "./links";
import { UnpricedNotice } from "./unpriced-notice";

const callsLink: CallsLink = (filter, text) => (
  <a href={`?${new URLSearchParams(filter).toString()}`}>{text}</a>
);

it("says how many calls are in no amount, why, and where they are", () => {
  const view = summary({
    total: figure({ unpriced_calls: 3 }),
    unpriced: [
      { reason: "unknown_model", calls: 2 },
      { reason: "usage_missing", calls: 1 },
    ],
  });
  show(<UnpricedNotice summary={view} callsLink={callsLink} inboxLink={<a href="/unpriced">Mend it</a>} />);
  const note = screen.getByRole("note");
  expect(note).toHaveTextContent("3 calls are unpriced");
  expect(note).toHaveTextContent("in no amount on this page");
  expect(note).toHaveTextContent("2 calls: the model is in no price book; 1 call: no usage was sent");
  expect(screen.getByRole("link", { name: "Show them" })).toHaveAttribute(
    "href",
    "?month=2023-11&price_state=unpriced",
  );
  expect(screen.getByRole("link", { name: "Mend it" })).toHaveAttribute("href", "/unpriced");
});

it("stays away while every call has a price", () => {
  const { container } = show(<UnpricedNotice summary={summary()} callsLink={callsLink} />);
  expect(container).toBeEmptyDOMElement();
});
