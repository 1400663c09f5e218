import { http, HttpResponse, type DefaultBodyType, type HttpHandler } from "msw";
import { setupServer } from "msw/node";

export const server = setupServer();

const BASE = "http://localhost:3000/api/v1";

type Ask = { url: URL; body: unknown; params: Record<string, unknown> };
type Answer = DefaultBodyType | Response;
type Method = "get" | "post" | "put" | "patch" | "delete";

/** Answers a route of the API: `answer("get", "/me", () => me())`. A Response passes as it is. */
export function answer(method: Method, path: string, reply: (ask: Ask) => Answer): HttpHandler {
  const handler = http[method](`${BASE}${path}`, async ({ request, params }) => {
    const text = await request.text();
    const body: unknown = text ? JSON.parse(text) : undefined;
    const answered = reply({ url: new URL(request.url), body, params });
    if (answered instanceof Response) return answered;
    return HttpResponse.json(answered);
  });
  server.use(handler);
  return handler;
}

/** A problem document, as the server sends them. */
export function problem(
  status: number,
  detail: string,
  errors: { field: string; detail: string }[] = [],
): Response {
  return HttpResponse.json(
    { type: "about:blank", title: "Not this way", status, detail, code: "test", errors, request_id: "req-1" },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );
}

export const noContent = () => new HttpResponse(null, { status: 204 });
export const created = (body: DefaultBodyType) => HttpResponse.json(body, { status: 201 });
