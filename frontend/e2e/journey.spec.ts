import AxeBuilder from "@axe-core/playwright";
import { expect, test, type APIRequestContext, type Page } from "@playwright/test";

/** A provider that `scripts/e2e.py` serves on this machine, and the key that it takes. */
const STAND_IN = { address: process.env.STAND_IN ?? "", key: process.env.STAND_IN_KEY ?? "" };

/** What the console must never say: a breach of the page's own security policy, or a broken script. */
function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A 401 is how the page learns that nobody is signed in; the browser logs it by itself.
    if (message.type() === "error" && !message.text().includes("401")) complaints.push(message.text());
  });
  return complaints;
}

/** Sends calls as a program of the customer would: with the key, from outside the browser's session. */
async function push(request: APIRequestContext, key: string, ...events: Record<string, unknown>[]) {
  const answer = await request.post("/api/v1/events", {
    headers: { Authorization: `Bearer ${key}` },
    data: { events },
  });
  expect(await answer.json()).toMatchObject({ accepted: events.length, rejected: [] });
}

async function expectAccessible(page: Page) {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa"]).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

const CALL = { provider: "openai", model: "gpt-4o", input_tokens: 1000, output_tokens: 100, latency_ms: 840 };

test("a newcomer signs up, sends a call and sees what it cost", async ({
  page,
  browser,
  playwright,
  baseURL,
}) => {
  const complaints = watch(page);
  const outside = await playwright.request.newContext({ baseURL });
  const email = `ada+${Date.now()}@example.com`;
  const password = "correct horse battery staple";

  await test.step("register", async () => {
    await page.goto("/");
    await page.getByRole("link", { name: "Create an account" }).click();
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password").fill(password);
    await expectAccessible(page);
    await page.keyboard.press("Enter");
  });

  await test.step("name the workspace", async () => {
    await page.getByLabel("Workspace name").fill("Journey Ltd");
    await page.keyboard.press("Enter");
  });

  const key = await test.step("the key appears, and with it programs that use it", async () => {
    const secret = (await page.getByTestId("api-key").textContent()) ?? "";
    expect(secret).toMatch(/^tb_\S{40,}$/);
    await expect(page.getByLabel("Python snippet")).toContainText(secret);
    await expectAccessible(page);
    await page.getByRole("tab", { name: "curl" }).click();
    await expect(page.getByLabel("curl snippet")).toContainText(secret);
    await expect(page.getByText("Waiting for your first call…")).toBeVisible();
    await expectAccessible(page);
    return secret;
  });

  const spend = page.getByTestId("exact-spend");
  await test.step("a call from outside turns the page into the dashboard by itself", async () => {
    // 1000 fresh tokens at $2.50 and 100 at $10 a million.
    await push(outside, key, CALL);
    await expect(spend).toHaveText("$0.0035");
    await expect(page.getByRole("region", { name: "Spend by day" })).toContainText("openai");
    await expect(page.locator(".recharts-bar-rectangle path").first()).toBeVisible();
    await expect(page.getByRole("region", { name: "Recent calls" })).toContainText("gpt-4o");
  });

  await test.step("the next call shows without a reload", async () => {
    await page.evaluate("window.notReloaded = true");
    await push(outside, key, { ...CALL, project: "search" });
    await expect(spend).toHaveText("$0.007");
    expect(await page.evaluate("window.notReloaded")).toBe(true);
  });

  await test.step("a call of an unknown model is unpriced, and changes no amount", async () => {
    await push(outside, key, {
      provider: "acme-labs",
      model: "nobody-knows-me-7b",
      input_tokens: 5,
      output_tokens: 5,
    });
    await expect(page.getByRole("note")).toContainText("1 call is unpriced");
    await expect(spend).toHaveText("$0.007");
    const row = page
      .getByRole("region", { name: "Breakdown" })
      .getByRole("row", { name: /nobody-knows-me-7b/ });
    await expect(row).toContainText("unpriced");
    await expect(row).not.toContainText("$");
    await page.getByRole("link", { name: "Show it" }).click();
    await expect(page).toHaveURL(/price_state=unpriced/);
    await expect(page.getByRole("row", { name: /nobody-knows-me-7b/ })).toContainText("unpriced");
    await page.getByRole("link", { name: "Overview" }).click();
  });

  await test.step("a call is explained to its last digit", async () => {
    await page.getByRole("link", { name: "All calls" }).click();
    const opener = page.getByRole("button", { name: "gpt-4o", exact: true }).first();
    await opener.click();
    const sheet = page.getByRole("dialog", { name: "gpt-4o" });
    await expect(sheet).toContainText("1,000 × $2.50 per 1M = $0.0025");
    await expect(sheet).toContainText("100 × $10.00 per 1M = $0.001");
    await expect(sheet).toContainText("This explains the stored figure exactly.");
    await expectAccessible(page);
    await page.keyboard.press("Escape");
    await expect(opener).toBeFocused();
    await page.getByRole("link", { name: "Overview" }).click();
  });

  await test.step("the unknown model is mapped to a known one, from its place in the inbox", async () => {
    await page.getByRole("link", { name: "Find their prices" }).click();
    const models = page.getByRole("list", { name: "Models without a price" });
    await expect(models).toContainText("nobody-knows-me-7b");
    await expect(models).toContainText("the model is in no price book");
    await expectAccessible(page);
    await models.getByRole("button", { name: "Map to a known model" }).click();
    await page.getByLabel("Search the price book").fill("gpt-4o-mini");
    await expectAccessible(page);
    const known = page.getByRole("list", { name: "Known models" });
    await known.getByRole("button", { name: "gpt-4o-mini openai", exact: true }).click();
    await expect(page.getByText("acme-labs/nobody-knows-me-7b is openai/gpt-4o-mini")).toBeVisible();
    await expect(models).toContainText("It has a price by now");
  });

  await test.step("its calls are priced again: a preview, then the change", async () => {
    await page.getByRole("status").getByRole("link", { name: "Price past calls again…" }).click();
    await expect(page.getByLabel("Model", { exact: true })).toHaveValue("nobody-knows-me-7b");
    await page.getByRole("button", { name: "Preview", exact: true }).click();
    // 5 tokens at $0.15 and 5 at $0.60 a million.
    const found = page.getByRole("region", { name: "Re-pricing", exact: true });
    await expect(found).toContainText("1 model, 1 call, from unpriced to $0.00000375");
    await expectAccessible(page);
    await found.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Apply" }).click();
    await expect(found.getByRole("button", { name: "Undo" })).toBeVisible();
    await page.getByRole("link", { name: "Overview" }).click();
    await expect(spend).toHaveText("$0.00700375");
    await expect(page.getByRole("note")).toHaveCount(0);
  });

  await test.step("undone, the figures are what they were", async () => {
    await page.getByRole("link", { name: "Prices", exact: true }).click();
    await page.getByRole("link", { name: "Re-pricing" }).click();
    await page
      .getByRole("region", { name: "History" })
      .getByRole("button", { name: /nobody-knows-me-7b/ })
      .click();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
    await expect(page.getByRole("region", { name: "History" })).toContainText("undone");
    await page.getByRole("link", { name: "Overview" }).click();
    await expect(spend).toHaveText("$0.007");
    await expect(page.getByRole("note")).toContainText("1 call is unpriced");
  });

  await test.step("a price of one's own is revoked, and comes back", async () => {
    await page.getByRole("link", { name: "Prices", exact: true }).click();
    const own = page.getByRole("list", { name: "In force" });
    await expect(own).toContainText("acme-labs/nobody-knows-me-7b is openai/gpt-4o-mini");
    await expectAccessible(page);
    await own.getByRole("button", { name: /^Revoke/ }).click();
    await expect(page.getByRole("button", { name: "Undo" })).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(own).toContainText("acme-labs/nobody-knows-me-7b is openai/gpt-4o-mini");
  });

  await test.step("the price book says what a model ever cost, and where that was read", async () => {
    await page.getByLabel("Provider", { exact: true }).fill("openai");
    await page.getByLabel("Model", { exact: true }).fill("gpt-4o");
    await page.keyboard.press("Enter");
    const rows = page.getByRole("region", { name: "Rows of the price book" });
    await expect(rows.getByRole("row", { name: /^input.*\$2\.50 per 1M/ }).first()).toBeVisible();
    await expect(rows.getByRole("link").first()).toHaveAttribute("href", /^https:/);
    await expectAccessible(page);
    await page.getByRole("link", { name: "Overview" }).click();
  });

  await test.step("the chart gives exact amounts to the mouse, to the keyboard and as a table", async () => {
    const chart = page.getByRole("region", { name: "Spend by day" });
    await chart.getByRole("radio", { name: "By model" }).click();
    await expect(page).toHaveURL(/group=model/);
    await chart.locator(".recharts-bar-rectangle path").first().hover();
    await expect(chart.locator(".recharts-tooltip-wrapper")).toContainText("$0.007");
    await chart.getByRole("radio", { name: "Table" }).click();
    await expect(chart.getByRole("table")).toContainText("$0.007");
    await expectAccessible(page);
    await chart.getByRole("radio", { name: "Chart" }).click();
  });

  if (STAND_IN.address) {
    await test.step("a provider is connected, and its bill stands beside what was tracked", async () => {
      await page.getByRole("link", { name: "Connections" }).click();
      await expect(page.getByText("No provider is connected yet")).toBeVisible();
      await expectAccessible(page);
      await page.getByRole("button", { name: "Connect a provider" }).click();
      await page.getByLabel("Admin key").fill(STAND_IN.key);
      await page.getByText("Name and gateway").click();
      await page.getByLabel("Address of a gateway").fill(STAND_IN.address);
      await expectAccessible(page);
      await page.getByRole("button", { name: "Try the key and connect" }).click();
      const sheet = page.getByRole("dialog", { name: "OpenAI organization is connected" });
      await expect(sheet).toContainText("reads costs, usage and names");
      await expect(sheet.getByText(/^Synced: [1-9]/)).toBeVisible();
      await sheet.getByRole("button", { name: "Done" }).click();
      await expect(page.getByRole("region", { name: "OpenAI organization" })).toContainText("billed until");
      await expect(page.locator("body")).not.toContainText(STAND_IN.key);
      await expectAccessible(page);

      await page.getByRole("link", { name: "Overview" }).click();
      await page.getByRole("radio", { name: "Billed" }).click();
      await expect(page).toHaveURL(/ledger=billed/);
      await expect(page.getByText(/^What the providers charge · billed until/)).toBeVisible();
      await expect(spend).not.toHaveText("$0.007");
      await expect(page.getByRole("region", { name: "Breakdown" })).toContainText("Support assistant");
      const sides = page.getByRole("region", { name: "Tracked against billed", exact: true });
      await expect(sides.getByRole("row", { name: /^openai/ })).toContainText("$0.007");
      await expectAccessible(page);
      await page.getByRole("radio", { name: "Tracked" }).click();
      await expect(spend).toHaveText("$0.007");
    });
  }

  await test.step("it reads well in the dark and on a phone", async () => {
    await page.emulateMedia({ colorScheme: "dark", reducedMotion: "reduce" });
    await page.setViewportSize({ width: 390, height: 844 });
    const overflow = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await test.step("the key is listed by its prefix alone", async () => {
    await page.getByRole("link", { name: "Settings" }).click();
    const keys = page.getByRole("region", { name: "API keys" });
    await expect(keys).toContainText("first key");
    await expect(keys).toContainText("last used");
    await expect(page.locator("body")).not.toContainText(key);
    await expectAccessible(page);
  });

  await test.step("a colleague comes in with a link that works once, and the audit log says so", async () => {
    await page.getByRole("link", { name: "Members" }).click();
    await page.getByRole("radio", { name: "With a link" }).click();
    await page.getByRole("button", { name: "Make a link" }).click();
    const link = (await page.getByTestId("invitation-link").textContent()) ?? "";
    await expectAccessible(page);

    const theirs = await browser.newContext({ baseURL });
    const guest = await theirs.newPage();
    const path = new URL(link);
    await guest.goto(path.pathname + path.hash);
    await expect(guest.getByRole("heading", { name: "Join Journey Ltd" })).toBeVisible();
    expect(guest.url()).not.toContain("token");
    await expectAccessible(guest);
    await guest.getByLabel("Name").fill("Grace");
    await guest.getByLabel("Email").fill(`grace+${Date.now()}@example.com`);
    await guest.getByLabel("Password").fill(password);
    await guest.getByRole("button", { name: "Create account and join" }).click();
    await expect(guest.getByRole("link", { name: "Overview" })).toBeVisible();
    await guest.goto("/forgot-password");
    await guest.goto(path.pathname + path.hash);
    await expect(
      guest.getByRole("heading", { name: "This invitation does not work any more" }),
    ).toBeVisible();
    await theirs.close();

    await page.getByRole("link", { name: "Audit log" }).click();
    const entries = page.getByRole("list", { name: "Entries" });
    await expect(entries).toContainText("accepted an invitation with a link");
    await page.getByLabel("What", { exact: true }).selectOption("invitation.*");
    await expect(entries.getByRole("listitem")).toHaveCount(2);
    await expectAccessible(page);
    await page.getByRole("link", { name: "Profile" }).click();
    await expect(page.getByText("Your address is not confirmed yet")).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("a budget tells at once what is passed; the alert is looked after, the budget deleted", async () => {
    await page.getByRole("link", { name: "Budgets" }).click();
    await page.getByRole("button", { name: "Set a budget" }).first().click();
    await page.getByLabel("Name").fill("The house");
    await page.getByLabel("Amount in US dollars").fill("0.008");
    await expectAccessible(page);
    await page.getByRole("button", { name: "Set the budget" }).click();
    const budget = page.getByRole("region", { name: "The house" });
    await expect(budget).toContainText("80 % passed");
    await expectAccessible(page);

    await page.getByRole("link", { name: /^Alerts, \d+ unread$/ }).click();
    await page.getByRole("button", { name: /The house: 80 % of/ }).click();
    const alert = page.getByRole("dialog");
    await expect(alert.getByRole("region", { name: "What drove it" })).toContainText("$0.007");
    await expectAccessible(page);
    await alert.getByRole("button", { name: "Acknowledge" }).click();
    await expect(alert).toContainText("by Ada");
    await page.keyboard.press("Escape");

    await page.getByRole("link", { name: "Settings and channels" }).click();
    await expect(page.getByRole("region", { name: "Channels" })).toContainText("Owners and admins");
    await expectAccessible(page);
    await page.getByRole("link", { name: "Budgets" }).click();
    await page.getByRole("link", { name: "Forecast" }).click();
    await expect(page.getByText(/^Not yet: \d of 5 days$/)).toBeVisible();
    await expectAccessible(page);
    await page.getByRole("navigation", { name: "Budgets" }).getByRole("link", { name: "Budgets" }).click();
    await page.getByRole("button", { name: "Delete The house" }).click();
    await expect(page.getByText("No budget yet")).toBeVisible();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(page.getByText("The house is back as it was.")).toBeVisible();
    await expectAccessible(page);
  });

  await test.step("signed out, the session is gone", async () => {
    await page.getByRole("button", { name: "Your account" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await page.goBack();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    await page.reload();
    await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
    expect((await page.request.get("/api/v1/me")).status()).toBe(401);
  });

  expect(complaints).toEqual([]);
  await outside.dispose();
});
