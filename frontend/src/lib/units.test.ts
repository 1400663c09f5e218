import { expect, it } from "vitest";

import { unitLabel } from "./units";

it.each([
  ["input.fresh.text", "input"],
  ["output.reasoning.text", "reasoning"],
  ["input.cache_read.audio", "cache read, audio"],
  ["input.cache_write_1h.text", "cache write (1 h)"],
  ["tool.web_search", "web search"],
  ["images_out", "images out"],
])("%s is %s", (unit, words) => {
  expect(unitLabel(unit)).toBe(words);
});
