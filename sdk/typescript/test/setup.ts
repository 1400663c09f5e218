import { afterEach, beforeEach } from "vitest";

import { shutdown } from "../src/index.js";
import { shared } from "../src/platform/platform.js";

/** Each test has the SDK as a fresh process has it. */
beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (name.startsWith("TOKENBOARD_")) Reflect.deleteProperty(process.env, name);
  delete shared().client;
});

afterEach(async () => {
  await shutdown(200);
});
