// Opens local pages in Chromium, one after the other, and prints what it found as
// JSON: the time until a page was painted, what the console says, the requests, what
// axe-core complains of, and where the keyboard goes. The pages come as JSON.
"use strict";

const fs = require("node:fs");
const { createRequire } = require("node:module");
const path = require("node:path");

const load = createRequire(path.join(path.resolve(process.argv[2]), "package.json"));

async function main() {
  const { chromium } = load("playwright-core");
  const browser = await chromium.launch({ executablePath: process.env.VENDOR_CHROMIUM, args: ["--no-sandbox"] });
  try {
    const all = [];
    for (const task of JSON.parse(process.argv[3])) all.push(await open(browser, task));
    process.stdout.write(JSON.stringify(all));
  } finally {
    await browser.close();
  }
}

async function open(browser, { url, scheme, width, check, long, screenshot, pdf }) {
  const page = await browser.newPage({ viewport: { width: width || 1100, height: 900 }, colorScheme: scheme || "light" });
  page.setDefaultTimeout(0);
  const found = { console: [], requests: [], complaints: [], focused: [] };
  page.on("console", (m) => found.console.push(m.text()));
  page.on("pageerror", (e) => found.console.push(String(e)));
  page.on("request", (r) => r.url().startsWith("data:") || found.requests.push(r.url()));
  const cpu = await counter(page, "TaskDuration");
  const begin = performance.now();
  await page.goto(url, { timeout: 0 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  found.milliseconds = performance.now() - begin;
  found.cpu = await cpu();
  found.overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (check) {
    const layouts = await counter(page, "LayoutCount");
    const pressed = performance.now();
    for (let i = 0; i < 4; i++) {
      await page.keyboard.press("Tab");
      found.focused.push(await page.evaluate(() => document.activeElement.tagName));
    }
    found.keyboardMS = performance.now() - pressed;
    found.layouts = await layouts();
    const checked = performance.now();
    if (long) await page.evaluate(shorten);
    found.counting = await page.evaluate(counting);
    await page.evaluate(fs.readFileSync(load.resolve("axe-core/axe.min.js"), "utf8"));
    const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
    found.axeMS = performance.now() - checked;
    found.complaints = violations.map((v) => `${v.id}: ${v.nodes[0].html}`);
  }
  if (screenshot) await page.screenshot({ path: screenshot });
  if (pdf) await page.pdf({ path: pdf, preferCSSPageSize: true });
  await page.close();
  return found;
}

// counter returns a function that tells by how much a metric of the page has grown. Times
// are those of CPU.
async function counter(page, name) {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  const read = async () => (await session.send("Performance.getMetrics")).metrics.find((m) => m.name === name).value;
  const before = await read();
  return async () => (await read()) - before;
}

// shorten keeps the first message of each section, and all of the first and the last
// one, and lays them out. axe-core makes an object of each node, and most rules look at
// all of them.
function shorten() {
  const sections = [...document.querySelectorAll("section")];
  for (const section of sections) section.style.contentVisibility = "visible";
  for (const section of sections.slice(1, -1)) {
    for (const message of section.querySelectorAll("article ~ article")) message.remove();
  }
}

// counting returns how many elements of messages count something.
function counting() {
  return [...document.querySelectorAll("article *")].filter((e) => getComputedStyle(e).counterIncrement !== "none").length;
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
