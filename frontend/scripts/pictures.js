// Takes the pictures of the documentation from the demo of a running TokenBoard: `make pictures` says with what.
import { chromium } from "@playwright/test";

const [address, executablePath, folder] = process.argv.slice(2);
const WIDTH = 1440;
const PICTURES = [
  { name: "overview", path: "", height: 1235 },
  { name: "budgets", path: "/budgets", height: 1100 },
  { name: "call", path: "/calls?model=claude-sonnet-5-5", height: 900, open: "claude-sonnet-5-5" },
];

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const context = await browser.newContext({
  baseURL: address,
  colorScheme: "light",
  reducedMotion: "reduce",
  locale: "en-GB",
  timezoneId: "UTC",
});
await context.request.post("/api/v1/auth/login", {
  headers: { Origin: address },
  data: { email: "demo@example.com", password: "northwind-demo" },
  failOnStatusCode: true,
});
const page = await context.newPage();
for (const { name, path, height, open } of PICTURES) {
  await page.setViewportSize({ width: WIDTH, height });
  await page.goto(`/w/northwind-ai-demo${path}`, { waitUntil: "networkidle" });
  if (open) {
    await page.getByRole("button", { name: open, exact: true }).first().click();
    await page.getByText("This explains the stored figure exactly.").waitFor();
  }
  await page.screenshot({ path: `${folder}/${name}.png` });
}
await browser.close();
