/**
 * Tracks what AI calls use and sends it to TokenBoard. The program is never slowed, broken or changed.
 *
 *     import * as tokenboard from "@tokenboard/sdk";
 *
 *     tokenboard.init({ apiKey: "tb_...", baseUrl: "https://tokenboard.example.com" });
 *     const client = tokenboard.wrap(new OpenAI());
 */

import { nodePlatform } from "./platform/node.js";
import { install } from "./platform/platform.js";

install(nodePlatform);

export * from "./public.js";
