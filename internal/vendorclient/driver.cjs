// Runs the vendor's web client in Node and does its calls for a Go test: one
// JSON request a line on stdin, one JSON answer a line on stdout.
//
//   {"id":1,"call":"getServerConversations","args":[{"pageSize":50,"cursor":""}]}
//   {"id":1,"result":{...}}  or  {"id":1,"error":{"type":...,"message":"..."}}
//
// Usage: node driver.cjs MODULES, where MODULES is the folder that has
// node_modules. The connection comes from the environment: VENDOR_URL,
// VENDOR_APP_KEY, VENDOR_USER, VENDOR_TOKEN (no secret in a process list).
"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");
const readline = require("node:readline");

const load = createRequire(path.join(path.resolve(process.argv[2]), "package.json"));
const env = process.env;

// browser makes enough of one for the client to load and to send requests.
function browser(url) {
  const { JSDOM } = load("jsdom");
  const { window } = new JSDOM("<!doctype html>", { url });
  const globals = {
    window,
    self: globalThis,
    document: window.document,
    navigator: window.navigator,
    location: window.location,
    localStorage: window.localStorage,
    XMLHttpRequest: load("xhr2"),
    WebSocket: load("ws"),
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  Object.defineProperty(window, "XMLHttpRequest", { value: globals.XMLHttpRequest });
  Object.defineProperty(window, "WebSocket", { value: globals.WebSocket });
}

// silence keeps the client's console chatter off stdout, which is ours.
function silence() {
  for (const name of ["log", "info", "debug", "warn", "error", "trace"]) console[name] = () => {};
}

// connect makes a client that is signed in as far as its REST calls can tell.
function connect() {
  const WebIM = load("easemob-websdk");
  const conn = new WebIM.connection({
    appKey: env.VENDOR_APP_KEY,
    isHttpDNS: false,
    apiUrl: env.VENDOR_URL,
    url: env.VENDOR_URL.replace(/^http/, "ws") + "/ws",
    https: env.VENDOR_URL.startsWith("https:"),
    enableReportLogs: false,
  });
  const [orgName, appName] = env.VENDOR_APP_KEY.split("#");
  const resource = "webim_web_1";
  conn.user = env.VENDOR_USER;
  conn.token = env.VENDOR_TOKEN;
  conn.clientResource = resource;
  Object.assign(conn.context, {
    userId: env.VENDOR_USER,
    accessToken: env.VENDOR_TOKEN,
    orgName,
    appName,
    jid: { clientResource: resource },
    root: conn.root,
  });
  return conn;
}

function describe(err) {
  const { type, message, data, extra } = err ?? {};
  return { type, message: message ?? String(err), data: data ?? extra };
}

async function answer(conn, line) {
  const { id, call, args } = JSON.parse(line);
  try {
    return { id, result: (await conn[call](...args)) ?? null };
  } catch (err) {
    return { id, error: describe(err) };
  }
}

async function main() {
  silence();
  browser(env.VENDOR_URL);
  const conn = connect();
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(conn, line)) + "\n");
  }
  process.exit(0); // the client keeps timers that would hold the process
}

main().catch((err) => {
  process.stderr.write(`${err?.stack ?? err}\n`);
  process.exit(1);
});
