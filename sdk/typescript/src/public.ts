export { tokenboardEmbeddingMiddleware, tokenboardMiddleware } from "./ai.js";
export { dropped, flush, flushed, init, shutdown, track } from "./client.js";
export type { TrackedCall } from "./client.js";
export { context } from "./scope.js";
export type { ContextValues } from "./scope.js";
export type { InitOptions, WaitUntil } from "./settings.js";
export { VERSION } from "./version.js";
export { unwrap, wrap } from "./wrap/index.js";
export type { WrapOptions } from "./wrap/core.js";
