/** Every vendor's real clients over the stand-in: the same answers with and without us, and the event that the fixture says. */

import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, inject, it } from "vitest";

import * as tokenboard from "../src/index.js";
import { LACKING, make, RELEASES } from "./clients.js";
import { DRIVERS } from "./drivers.js";
import type { Driver, Request } from "./drivers.js";
import { tracked } from "./servers.js";

const FIXTURES = new URL("../../fixtures/", import.meta.url);

type Case = { request: Request; event: any };

/** Nothing to drive: the client counts on its own side, or has no such call. */
const UNDRIVEN = new Set(["google/count_tokens"]);

const CASES = readdirSync(FIXTURES, { recursive: true })
  .map(String)
  .filter((path) => path.endsWith(".case.json"))
  .map((path) => path.replace(".case.json", ""))
  .filter((name) => !UNDRIVEN.has(name));

const ADDED = [
  "event_id",
  "occurred_at",
  "latency_ms",
  "base_url",
  "status",
  "http_status",
  "time_to_first_token_ms",
];

async function driven(name: string, driver: Driver, sdk: unknown): Promise<void> {
  const { fixture = name } = driver;
  const { request, event } = JSON.parse(
    readFileSync(new URL(`${fixture}.case.json`, FIXTURES)).toString(),
  ) as Case;
  const expected = { ...event, ...driver.event };
  const isByPath = name.includes("batch_results"); // which looks the batch up first
  const url = `${inject("standin")}${isByPath ? "" : `/case/${fixture.replace("/", "@")}`}`;
  const vendor = name.split("/")[0]!;
  const client = (): any => make(driver.kind, sdk, url, vendor);
  const board = await tracked();
  request.model ??= expected.requested_model;
  const plain = await driver.ask(client(), request, sdk);
  const wrapped = tokenboard.wrap(client(), options(vendor, driver, request));
  expect(await driver.ask(wrapped, request, sdk)).toEqual(plain);
  await tokenboard.flush();
  const events = board.events.map((event) => {
    const { status, base_url } = event;
    expect(status).toBe("ok");
    expect(base_url).toContain(url.slice(0, 20));
    return Object.fromEntries(Object.entries(event).filter(([field]) => !ADDED.includes(field)));
  });
  const wanted = expected.each ?? (Object.keys(expected).length > 0 ? [expected] : []);
  expect(events).toEqual(wanted);
  expect(tokenboard.dropped()).toEqual({});
}

function options(vendor: string, { kind }: Driver, request: Request): tokenboard.WrapOptions {
  const tellsItself = ["anthropicBedrock", "anthropicMantle", "anthropicVertex"].includes(kind);
  const provider = vendor === "bedrock" ? "aws.bedrock" : vendor;
  const isUnasked = request.include_usage === false; // then the fixture's event is that of a program that asks for nothing
  return { ...(tellsItself ? {} : { provider }), ...(isUnasked ? { streamUsage: false } : {}) };
}

it("every fixture is driven", () => {
  expect(CASES.filter((name) => !(name in DRIVERS))).toEqual([]);
});

describe.each(Object.entries(RELEASES))("%s", (release, { sdk, kinds }) => {
  const drivers = Object.entries(DRIVERS).filter(
    ([name, { kind }]) => kinds.includes(kind) && !LACKING[release]?.includes(name),
  );
  it.each(drivers)("%s", (name, driver) => driven(name, driver, sdk));
});
