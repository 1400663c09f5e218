import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  notFound,
  redirect,
  type RouterHistory,
} from "@tanstack/react-router";

import { alertsSearch } from "@/features/alerts/search";
import { callsSearch, monthSearch, overviewSearch } from "@/features/analytics/filters";
import { auditSearch } from "@/features/audit/search";
import { meQuery } from "@/features/auth/api";
import { failureCode } from "@/features/auth/elsewhere";
import { forecastSearch } from "@/features/forecasts/search";
import { healthSearch } from "@/features/ingest/health";
import { bookSearch } from "@/features/pricing/search";
import { repricingSearch } from "@/features/repricings/search";
import { isStatus } from "@/lib/errors";

import { BrokenPage, MissingPage, PendingPage } from "./routes/fallbacks";
import { SignInPage } from "./routes/sign-in";
import { SignUpPage } from "./routes/sign-up";
import { parseSearch, stringifySearch } from "./search";
import { lastWorkspace, returnPath } from "./session";

type Context = { queryClient: QueryClient };

const rootRoute = createRootRouteWithContext<Context>()({ notFoundComponent: MissingPage });

const signInSearch = (raw: Record<string, unknown>): { redirect?: string } => {
  const redirectTo = returnPath(raw.redirect);
  return redirectTo === undefined ? {} : { redirect: redirectTo };
};

/** Back from a provider the server adds what is still to be shown, or why it came to nothing. */
type SignInSearch = { redirect?: string; next?: string; error?: string; second_factor?: "1" };

const returnedSearch = (raw: Record<string, unknown>): SignInSearch => {
  const next = returnPath(raw.next);
  const error = failureCode(raw.error);
  return {
    ...signInSearch(raw),
    ...(next !== undefined && { next }),
    ...(error !== undefined && { error }),
    ...(raw.second_factor === "1" && { second_factor: "1" }),
  };
};

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: returnedSearch,
  component: SignInPage,
});

const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-up",
  validateSearch: signInSearch,
  component: SignUpPage,
});

/** What mailed links open. What they carry stands behind the #, and is taken out of the address at once. */
const forgotPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/forgot-password",
  component: lazyRouteComponent(() => import("./routes/forgot-password"), "ForgotPasswordPage"),
});

const resetPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/reset-password",
  component: lazyRouteComponent(() => import("./routes/reset-password"), "ResetPasswordPage"),
});

const verifyEmailRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/verify-email",
  component: lazyRouteComponent(() => import("./routes/verify-email"), "VerifyEmailPage"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: lazyRouteComponent(() => import("./routes/invitation"), "InvitationPage"),
});

/** Everything below needs a session; without one the way leads over the sign-in page and back. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    try {
      return { me: await context.queryClient.query({ ...meQuery, staleTime: "static" }) };
    } catch (error) {
      if (!isStatus(error, 401)) throw error;
      throw redirect({ to: "/sign-in", search: signInSearch({ redirect: location.href }) });
    }
  },
});

const homeRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/",
  beforeLoad: ({ context: { me } }) => {
    const workspace = me.workspaces.find(({ id }) => id === lastWorkspace()) ?? me.workspaces[0];
    if (!workspace) throw redirect({ to: "/onboarding" });
    throw redirect({ to: "/w/$workspace", params: { workspace: workspace.slug } });
  },
});

const onboardingRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/onboarding",
  component: lazyRouteComponent(() => import("./routes/onboarding"), "OnboardingPage"),
});

const workspaceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/w/$workspace",
  beforeLoad: ({ context: { me }, params }) => {
    const workspace = me.workspaces.find(
      ({ id, slug }) => slug === params.workspace || id === params.workspace,
    );
    if (!workspace) throw notFound({ routeId: "__root__" });
    return { workspace };
  },
  component: lazyRouteComponent(() => import("./routes/workspace-layout"), "WorkspaceLayout"),
});

const overviewRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "/",
  validateSearch: overviewSearch,
  component: lazyRouteComponent(() => import("./routes/overview"), "OverviewPage"),
});

const callsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "/calls",
  validateSearch: callsSearch,
  component: lazyRouteComponent(() => import("./routes/calls"), "CallsPage"),
});

const healthRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "/health",
  validateSearch: healthSearch,
  component: lazyRouteComponent(() => import("./routes/health"), "HealthPage"),
});

const connectionsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "/connections",
  component: lazyRouteComponent(() => import("./routes/connections"), "ConnectionsPage"),
});

/** Prices, models without one, and re-pricing: three addresses with one row of links above them. */
const pricingRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  id: "pricing",
  component: lazyRouteComponent(() => import("./routes/pricing-layout"), "PricingLayout"),
});

const pricesRoute = createRoute({
  getParentRoute: () => pricingRoute,
  path: "/prices",
  validateSearch: bookSearch,
  component: lazyRouteComponent(() => import("./routes/prices"), "PricesPage"),
});

const unpricedRoute = createRoute({
  getParentRoute: () => pricingRoute,
  path: "/unpriced",
  validateSearch: monthSearch,
  component: lazyRouteComponent(() => import("./routes/unpriced"), "UnpricedPage"),
});

const repricingsRoute = createRoute({
  getParentRoute: () => pricingRoute,
  path: "/repricings",
  validateSearch: repricingSearch,
  component: lazyRouteComponent(() => import("./routes/repricings"), "RepricingsPage"),
});

/** Budgets and forecast: two addresses with one row of links above them. */
const planningRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  id: "planning",
  component: lazyRouteComponent(() => import("./routes/planning-layout"), "PlanningLayout"),
});

const budgetsRoute = createRoute({
  getParentRoute: () => planningRoute,
  path: "/budgets",
  component: lazyRouteComponent(() => import("./routes/budgets"), "BudgetsPage"),
});

const forecastRoute = createRoute({
  getParentRoute: () => planningRoute,
  path: "/forecast",
  validateSearch: forecastSearch,
  component: lazyRouteComponent(() => import("./routes/forecast"), "ForecastPage"),
});

const alertsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "/alerts",
  validateSearch: alertsSearch,
  component: lazyRouteComponent(() => import("./routes/alerts"), "AlertsPage"),
});

const startRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "/start",
  component: lazyRouteComponent(() => import("./routes/start"), "StartPage"),
});

const settings = () => import("./routes/settings");

const settingsRoute = createRoute({
  getParentRoute: () => workspaceRoute,
  path: "/settings",
  component: lazyRouteComponent(settings, "SettingsLayout"),
});

const settingsHomeRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/w/$workspace/settings/api-keys", params });
  },
});

const apiKeysRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/api-keys",
  component: lazyRouteComponent(settings, "ApiKeysPage"),
});

const workspaceSettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/workspace",
  component: lazyRouteComponent(settings, "WorkspacePage"),
});

const membersRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/members",
  component: lazyRouteComponent(settings, "MembersPage"),
});

const auditRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/audit",
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => import("./routes/audit"), "AuditPage"),
});

const alertSettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/alerts",
  component: lazyRouteComponent(() => import("./routes/alert-settings"), "AlertSettingsPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/account",
  validateSearch: (raw: Record<string, unknown>): { error?: string } => {
    const error = failureCode(raw.error);
    return error === undefined ? {} : { error };
  },
  component: lazyRouteComponent(settings, "AccountPage"),
});

const sessionsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/sessions",
  component: lazyRouteComponent(settings, "SessionsPage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  signUpRoute,
  forgotPasswordRoute,
  resetPasswordRoute,
  verifyEmailRoute,
  invitationRoute,
  signedInRoute.addChildren([
    homeRoute,
    onboardingRoute,
    workspaceRoute.addChildren([
      overviewRoute,
      callsRoute,
      healthRoute,
      connectionsRoute,
      pricingRoute.addChildren([pricesRoute, unpricedRoute, repricingsRoute]),
      planningRoute.addChildren([budgetsRoute, forecastRoute]),
      alertsRoute,
      startRoute,
      settingsRoute.addChildren([
        settingsHomeRoute,
        apiKeysRoute,
        workspaceSettingsRoute,
        membersRoute,
        auditRoute,
        alertSettingsRoute,
        accountRoute,
        sessionsRoute,
      ]),
    ]),
  ]),
]);

export function createAppRouter(queryClient: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree,
    history,
    context: { queryClient },
    parseSearch,
    stringifySearch,
    scrollRestoration: true,
    defaultPreload: "intent",
    // The query cache decides what is fresh.
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: BrokenPage,
    defaultPendingComponent: PendingPage,
    defaultNotFoundComponent: MissingPage,
  });
}

export type AppRouter = ReturnType<typeof createAppRouter>;

declare module "@tanstack/react-router" {
  // Merging into the library's declaration takes an interface.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  interface Register {
    router: AppRouter;
  }
}
