/** The same for runtimes without Node's APIs; nothing of Node is imported. */

import { edgePlatform } from "./platform/edge.js";
import { install } from "./platform/platform.js";

install(edgePlatform);

export * from "./public.js";
