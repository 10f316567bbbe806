// Looks at pages in headless Chromium.
// In: URLs as arguments, --shots DIR for pictures. Out: JSON on stdout, one finding list per URL:
// what the console said, requests that failed, widths that scroll sideways, what axe-core found.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const WIDTHS = [320, 375, 1280];
const SCHEMES = ["light", "dark"];
const FLAGS = [
  "--no-sandbox", // CI runs as root
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { shots: { type: "string" }, full: { type: "boolean" } },
});
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function look(browser, url, colorScheme, finding) {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  const note = (list, text) => finding[list].includes(text) || finding[list].push(text);
  page.on("console", (message) => note("console", message.text()));
  page.on("pageerror", (error) => note("console", String(error)));
  page.on("requestfailed", (request) => note("failed", request.url()));
  page.on("response", (answer) => answer.request().isNavigationRequest()
    || answer.status() < 400 || note("failed", `${answer.status()} ${answer.url()}`));
  await page.goto(url, { waitUntil: "load" });
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) note("overflow", `${wide}px at ${width}px`);
    if (values.shots) {
      const name = new URL(url).pathname.replace(/\W+/g, "-");
      await page.screenshot({
        path: `${values.shots}/${name}-${width}-${colorScheme}.png`, fullPage: values.full,
      });
    }
    // Colours do not depend on the width, nor layout on the colours: three looks see all.
    if (colorScheme === "light" ? width !== 375 : width === 1280) {
      for (const text of await accessibility(page)) note("axe", `${colorScheme} ${width}: ${text}`);
    }
  }
  await context.close();
}

// Evaluated through the debugger, which the page's Content-Security-Policy does not bind.
async function accessibility(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ preload: false }));
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id} ${target.join(" ")}: ${failureSummary.replace(/\s+/g, " ")}`));
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
const findings = [];
for (const url of positionals) {
  const finding = { url, console: [], failed: [], overflow: [], axe: [] };
  for (const scheme of SCHEMES) await look(browser, url, scheme, finding);
  findings.push(finding);
}
await browser.close();
process.stdout.write(JSON.stringify(findings, null, 1));
