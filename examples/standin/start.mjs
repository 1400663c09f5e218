/**
 * Before a program whose requests to vendors go to the stand-in: `node --import start.mjs PROGRAM`, as `examples.run` does.
 *
 * The program is the one that runs in earnest: it asks api.openai.com, and is led elsewhere below its client. Its packages are
 * those that the SDK's tests install.
 */

import { register } from "node:module";

const VENDORS = JSON.parse(process.env.STANDIN_VENDORS);
const PACKAGES = new URL("../../sdk/typescript/package.json", import.meta.url).href;
const fetched = globalThis.fetch;

globalThis.fetch = (asked, options) =>
  asked instanceof Request
    ? fetched(new Request(led(asked.url), asked), options)
    : fetched(led(String(asked)), options);

/** The address at the stand-in; that of another server of this machine as it is. */
function led(address) {
  const { hostname, pathname, search } = new URL(address);
  if (Object.hasOwn(VENDORS, hostname)) return VENDORS[hostname] + pathname + search;
  if (hostname === "localhost" || hostname === "127.0.0.1") return address;
  throw Error(`examples stay on this machine, and this one asks ${hostname}`);
}

const resolving = `export const resolve = (name, context, next) =>
  context.parentURL?.includes("/examples/typescript/") ? next(name, { ...context, parentURL: "${PACKAGES}" }) : next(name, context);`;
register(`data:text/javascript,${encodeURIComponent(resolving)}`);
