// Looks at the preview in headless Chromium as somebody who edits would.
// In: a page's URL and words that an edit will bring to it. Says "ready" when it is shown, then waits,
// touching nothing, until the words are there; then moves the slider to its end by keyboard. Out:
// JSON: what the console said, where the slider led, and the titles that are listed there.
import { chromium } from "playwright-core";

const FLAGS = [
  "--no-sandbox", // CI runs as root
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const [url, words, shot] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
const said = [];
page.on("console", (message) => said.push(message.text()));
page.on("pageerror", (error) => said.push(String(error)));
await page.goto(url);
process.stdout.write("ready\n");
await page.locator(".entries").getByText(words).waitFor({ timeout: 20000 });
if (shot) await page.screenshot({ path: shot });
await page.locator(".preview-stops summary").click();
const slider = page.getByLabel("Along the time line");
await slider.press("End");
await page.waitForURL("**/@*/**", { timeout: 10000 });
const titles = await page.locator(".entries :is(h2, h3)").allTextContents();
process.stdout.write(JSON.stringify({ said, at: page.url(), titles }));
await browser.close();
