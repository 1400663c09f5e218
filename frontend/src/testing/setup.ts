import "@testing-library/jest-dom/vitest";

import { cleanup, configure } from "@testing-library/react";
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest";

import { server } from "./server";

/** What jsdom lacks and the components need to stand up at all. */
function furnish() {
  window.matchMedia = (media) => Object.assign(new EventTarget(), mediaQuery(media)) as MediaQueryList;
  window.scrollTo = () => undefined;
  Element.prototype.scrollIntoView = () => undefined;
  Element.prototype.hasPointerCapture = () => false;
  globalThis.ResizeObserver = class {
    observe = () => undefined;
    unobserve = () => undefined;
    disconnect = () => undefined;
  };
}

function mediaQuery(media: string) {
  return {
    media,
    matches: false,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  };
}

// A busy machine takes longer than the second that is usual; what is not there by then is not there.
configure({ asyncUtilTimeout: 60_000 });

// A test of the tools has no window.
const inBrowser = typeof window !== "undefined";
if (inBrowser) furnish();

// Warnings are errors: what React or the router complains of on the console fails the test.
const complaints: unknown[][] = [];

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation((...words) => complaints.push(words));
  vi.spyOn(console, "warn").mockImplementation((...words) => complaints.push(words));
});

beforeAll(() => {
  // A request that no test foresaw is a mistake of the page or of the test.
  server.listen({ onUnhandledRequest: "error" });
});

afterEach(() => {
  cleanup();
  server.resetHandlers();
  expect(complaints.splice(0)).toEqual([]);
  if (inBrowser) localStorage.clear();
});

afterAll(() => {
  server.close();
});
