// Opens pages in headless Chromium and finds out whether anything in them ran.
// In: URLs as arguments. Out: JSON on stdout, one finding a URL: what called PWN, every element and
// attribute that is not known (KNOWN, a JSON file: tag to attributes), addresses that could run,
// dialogs, navigations and requests to strangers.
import { readFile } from "node:fs/promises";
import { chromium } from "playwright-core";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const known = JSON.parse(await readFile(process.env.KNOWN, "utf8"));
const urls = process.argv.slice(2);
const own = new URL(urls[0]).origin;

// Runs in the page: what stands there, and what comes of touching all of it.
function look(known) {
  const faults = [];
  const safe = new Set(["http:", "https:", "mailto:", "tel:"]);
  for (const element of document.querySelectorAll("*")) {
    const tag = element.localName;
    const names = [...(known[tag] ?? []), ...known["*"]];
    if (!(tag in known) || element.namespaceURI !== "http://www.w3.org/1999/xhtml")
      faults.push(`<${tag}>`);
    for (const { name, value } of element.attributes) {
      if (!names.includes(name)) faults.push(`<${tag} ${name}>`);
      if (["href", "src", "action", "formaction"].includes(name)) {
        const address = URL.parse(value, document.baseURI);
        if (address && !safe.has(address.protocol)) faults.push(`<${tag} ${name}=${value.slice(0, 60)}>`);
      }
    }
  }
  // Links to the web are not followed; one that runs something does run.
  addEventListener("click", (event) => {
    const address = URL.parse(event.target.closest?.("[href]")?.getAttribute("href"), document.baseURI);
    if (address && safe.has(address.protocol)) event.preventDefault();
  }, true);
  for (const element of document.querySelectorAll("body *"))
    for (const kind of ["click", "mouseover", "focus", "pointerenter"])
      element.dispatchEvent(new MouseEvent(kind, { bubbles: false, cancelable: true }));
  return faults;
}

async function visitor(context) {
  const page = await context.newPage();
  let finding;
  await page.exposeFunction("PWN", (what) => finding.ran.push(String(what)));
  page.on("dialog", (dialog) => { finding.ran.push("dialog"); dialog.dismiss(); });
  await page.route((url) => url.origin !== own, (route) => {
    const request = route.request();
    if (request.isNavigationRequest() || request.resourceType() !== "image")
      finding.strangers.push(`${request.resourceType()} ${request.url().slice(0, 80)}`);
    return route.abort();
  });
  return async (url) => {
    finding = { url, ran: [], faults: [], strangers: [] };
    await page.goto(url, { waitUntil: "load" });
    finding.faults = await page.evaluate(look, known).catch((error) => [`gone: ${error.message.slice(0, 80)}`]);
    await page.evaluate(() => 0).catch(() => 0); // what is told from the page has arrived then
    return finding;
  };
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
const context = await browser.newContext();
const findings = [];
const waiting = [...urls];
await Promise.all([0, 1].map(async () => {
  const visit = await visitor(context);
  for (let url = waiting.shift(); url; url = waiting.shift()) findings.push(await visit(url));
}));
await browser.close();
process.stdout.write(JSON.stringify(findings));
