/** What the server says when it says no: an RFC 9457 problem document, as far as the screen needs it. */
export type Problem = {
  status: number;
  title: string;
  detail: string;
  code: string;
  errors: { field: string; detail: string }[];
  requestId: string | null;
};

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = "ApiError";
  }

  get status() {
    return this.problem.status;
  }
}

/** Status 0: the request never got an answer. */
export function unreachable(): ApiError {
  return new ApiError({
    status: 0,
    title: "TokenBoard cannot be reached",
    detail:
      "No answer came from the server. Check that it is running and that you are online, then try again.",
    code: "unreachable",
    errors: [],
    requestId: null,
  });
}

const TITLES: Record<number, string> = {
  403: "Your role does not allow this",
  404: "Not found",
  429: "Too many tries",
  503: "TokenBoard is not ready",
};

const text = (value: unknown, fallback: string) => (typeof value === "string" && value ? value : fallback);

const isFieldError = (item: unknown): item is { field: string; detail: string } =>
  typeof item === "object" && item !== null && "field" in item && "detail" in item;

/** Reads whatever came back with a failing status; a proxy's HTML page gives plain words too. */
export function toProblem(status: number, body: unknown): Problem {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  return {
    status,
    title: text(fields.title, TITLES[status] ?? "That did not work"),
    detail: text(fields.detail, `The server answered with status ${status}. Try again in a moment.`),
    code: text(fields.code, `http_${status}`),
    errors: Array.isArray(fields.errors) ? fields.errors.filter(isFieldError) : [],
    requestId: typeof fields.request_id === "string" ? fields.request_id : null,
  };
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof ApiError && error.status === status;
}

/** The message for one form field, if the server blamed that field (`body.email` or `email`). */
export function fieldError(error: unknown, field: string): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  return error.problem.errors.find((item) => item.field.split(".").at(-1) === field)?.detail;
}
