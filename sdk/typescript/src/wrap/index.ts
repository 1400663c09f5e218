/**
 * `wrap`: a vendor's own client, tracked.
 *
 * A vendor is one small file here, named in `VENDORS`. It defines `matches(client)`, which knows the client by what it can do
 * (nothing of a vendor's package is imported, and classes have other names once they are bundled), `instrument(client,
 * options)`, which puts measuring functions onto this one instance, twice being once, and `remove(client)`.
 *
 * It says how each kind of call is read: an `Operation` (core.ts) with a function from the whole response to fields of an event,
 * and for streams a `StreamReader`. `raw_usage` is the vendor's usage object as it came; never a prompt, never an answer. A reader
 * may throw: the program does not notice, the call is recorded without usage, and that is counted. Clients made by Stainless go
 * through stainless.ts, others through `measure` of core.ts.
 */

import { debug, warn } from "../log.js";
import type { WrapOptions } from "./core.js";
import * as anthropic from "./anthropic.js";
import * as bedrock from "./bedrock.js";
import * as cohere from "./cohere.js";
import * as google from "./google.js";
import * as mistral from "./mistral.js";
import * as openai from "./openai.js";

type VendorFile = {
  matches: (client: object) => boolean;
  instrument: (client: object, options: WrapOptions) => void;
  remove: (client: object) => void;
};

const VENDORS: VendorFile[] = [openai, anthropic, google, mistral, cohere, bedrock];

/**
 * Track all calls of a vendor's client, which is the object that is answered.
 *
 * A client of no known kind is answered as it is, with a warning.
 */
export function wrap<T>(client: T, options: WrapOptions = {}): T {
  try {
    const vendor = vendorOf(client);
    if (vendor === undefined)
      warn(`${nameOf(client)} is no client that can be wrapped; its calls are not tracked`);
    else vendor.instrument(client as object, options);
  } catch (error) {
    debug("wrap went wrong", error);
    warn(`${nameOf(client)} could not be wrapped; its calls are not tracked`);
  }
  return client;
}

/** Stop tracking this client. */
export function unwrap<T>(client: T): T {
  try {
    vendorOf(client)?.remove(client as object);
  } catch (error) {
    debug("unwrap went wrong", error);
  }
  return client;
}

function vendorOf(client: unknown): VendorFile | undefined {
  if (typeof client !== "object" || client === null) return undefined;
  return VENDORS.find((vendor) => vendor.matches(client));
}

function nameOf(client: unknown): string {
  return typeof client === "object" && client !== null
    ? ((client.constructor as { name?: string }).name ?? "object")
    : typeof client;
}
