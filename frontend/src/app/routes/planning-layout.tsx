import { getRouteApi, Link, Outlet } from "@tanstack/react-router";

const route = getRouteApi("/signed-in/w/$workspace/planning");

const SECTIONS = [
  { to: "/w/$workspace/budgets", label: "Budgets" },
  { to: "/w/$workspace/forecast", label: "Forecast" },
] as const;

/** The two rooms of what is to come: how much may be spent, and how much will be. */
export function PlanningLayout() {
  const params = route.useParams();
  return (
    <>
      <nav aria-label="Budgets" className="-mx-1 mb-5 flex gap-1 overflow-x-auto px-1 pb-1">
        {SECTIONS.map(({ to, label }) => (
          <Link
            key={to}
            to={to}
            params={params}
            activeOptions={{ includeSearch: false }}
            className="inline-flex min-h-9 items-center rounded-lg px-2.5 sm:px-3 whitespace-nowrap text-ink-soft hover:bg-sunken data-[status=active]:bg-sunken data-[status=active]:font-semibold data-[status=active]:text-ink"
          >
            {label}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}
