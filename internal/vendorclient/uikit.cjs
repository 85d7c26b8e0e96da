// Runs the SDK 5 inside the vendor's UIKit in Chromium as a connected device, for a Go
// test. The protocol is that of live.cjs. Calls are open, methods of the client's
// chatManager, and complaints, what the page wrote to its console.
//
// VENDOR_CHROMIUM is the path of the browser.
"use strict";

const { createRequire } = require("node:module");
const http = require("node:http");
const path = require("node:path");
const readline = require("node:readline");

const modules = path.resolve(process.argv[2]);
const load = createRequire(path.join(modules, "package.json"));
const scripts = [
  "react/umd/react.production.min.js",
  "react-dom/umd/react-dom.production.min.js",
  "mobx/dist/mobx.umd.production.min.js",
  "mobx-react-lite/dist/mobxreactlite.umd.production.min.js",
  "easemob-chat-uikit/ChatUI.umd.js",
];
const events = ["onMessage", "onMessageRecalled", "onMultiDeviceMessageRemoved", "onConnected", "onDisconnected"];
const complaints = [];

function print(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

// start shows the provider of the UIKit, which makes the client.
async function start(config) {
  const { React, ReactDOM, ChatUI } = window;
  const root = document.createElement("div");
  document.body.append(root);
  ReactDOM.createRoot(root).render(React.createElement(ChatUI.UIKitProvider, {
    initConfig: { appKey: config.appKey, restUrl: config.url, msyncUrl: config.webSocket, useUserInfo: false, enableSyncData: [] },
  }));
  while (!ChatUI.rootStore.client?.addEventHandler) await new Promise(requestAnimationFrame);
  const handler = {};
  for (const event of config.events) handler[event] = (data) => window.dispatched({ event, data: data ?? null });
  ChatUI.rootStore.client.addEventHandler("test", handler);
}

async function call(page, env, name, args) {
  switch (name) {
    case "open":
      return page.evaluate((who) => ChatUI.rootStore.client.login(who), { userId: env.VENDOR_USER, token: env.VENDOR_TOKEN });
    case "complaints":
      return complaints;
    default:
      return page.evaluate(([n, a]) => ChatUI.rootStore.client.chatManager[n](...a), [name, args]);
  }
}

async function main() {
  const env = process.env;
  const browser = await load("playwright-core").chromium.launch({
    executablePath: env.VENDOR_CHROMIUM, args: ["--no-sandbox", "--disable-gpu"], timeout: 60_000,
  });
  const page = await browser.newPage();
  page.on("console", (m) => complaints.push(m.text().slice(0, 500)));
  page.on("pageerror", (e) => complaints.push(String(e)));
  await page.exposeFunction("dispatched", print);
  // Chromium lets a page that it has from this machine connect to this machine.
  const server = http.createServer((_, r) => r.setHeader("Content-Type", "text/html").end("<!doctype html><body>"));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  for (const script of scripts) {
    await page.addScriptTag({ path: path.join(modules, "node_modules", script) });
    // What a bundler provides: Node's environment, and a package that React 18 has.
    await page.evaluate(() => {
      window.process = { env: { NODE_ENV: "production" } };
      window.shim = { useSyncExternalStore: window.React.useSyncExternalStore };
    });
  }
  await page.evaluate(start, {
    appKey: env.VENDOR_APP_KEY, url: env.VENDOR_URL, webSocket: env.VENDOR_URL.replace(/^http/, "ws") + "/ws", events,
  });
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { id, call: name, args } = JSON.parse(line);
    try {
      print({ id, result: (await call(page, env, name, args)) ?? null });
    } catch (err) {
      print({ id, error: { message: String(err?.message ?? err) } });
    }
  }
  await browser.close();
  process.exit(0);
}

main().catch((err) => {
  process.stderr.write(`${err?.stack ?? err}\n`);
  process.exit(1);
});
