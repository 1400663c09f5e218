import { expect, it } from "vitest";

import { ApiError, fieldError, toProblem } from "./errors";

it("reads a problem document", () => {
  const body = {
    title: "Taken",
    detail: "Choose another.",
    code: "taken",
    errors: [{ field: "body.slug", detail: "taken" }],
    request_id: "r",
  };
  const problem = toProblem(409, body);
  expect(problem).toEqual({
    status: 409,
    title: "Taken",
    detail: "Choose another.",
    code: "taken",
    errors: body.errors,
    requestId: "r",
  });
  expect(fieldError(new ApiError(problem), "slug")).toBe("taken");
  expect(fieldError(new ApiError(problem), "name")).toBeUndefined();
});

it("makes words of anything else that failed", () => {
  for (const body of ["<html>Bad gateway</html>", undefined, null, { errors: "no list" }, { errors: [3] }]) {
    const problem = toProblem(502, body);
    expect(problem.detail).toContain("502");
    expect(problem.errors).toEqual([]);
  }
});
