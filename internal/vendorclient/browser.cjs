// What the drivers share: enough of a browser for the vendor's web client to
// load in Node, and the client itself.
"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");

// load requires a module of the folder that has node_modules.
const load = createRequire(path.join(path.resolve(process.argv[2]), "package.json"));

function browser(url, profile) {
  const { JSDOM } = load("jsdom");
  const { window } = new JSDOM("<!doctype html>", { url });
  for (const [name, value] of Object.entries(profile)) window.localStorage.setItem(name, value);
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
  // xhr2 sends no forms: with files the requests are jsdom's.
  if (process.env.VENDOR_FILES) {
    for (const name of ["XMLHttpRequest", "FormData", "Blob", "File", "FileReader"]) globals[name] = window[name];
  }
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  Object.defineProperty(window, "XMLHttpRequest", { value: globals.XMLHttpRequest });
  Object.defineProperty(window, "WebSocket", { value: globals.WebSocket });
}

// client silences the console, as stdout is ours, and loads the client: VENDOR_CLIENT,
// with what VENDOR_PROFILE, in JSON, has in its local storage.
function client(env) {
  for (const name of ["log", "info", "debug", "warn", "error", "trace"]) console[name] = () => {};
  browser(env.VENDOR_URL, JSON.parse(env.VENDOR_PROFILE || "{}"));
  const loaded = load(env.VENDOR_CLIENT || "easemob-websdk");
  const WebIM = loaded.default ?? loaded;
  const conn = new WebIM.connection({
    appKey: env.VENDOR_APP_KEY,
    isHttpDNS: false,
    apiUrl: env.VENDOR_URL,
    url: env.VENDOR_URL.replace(/^http/, "ws") + "/ws",
    https: env.VENDOR_URL.startsWith("https:"),
    enableReportLogs: false,
    delivery: env.VENDOR_DELIVERY === "1",
  });
  return { WebIM, conn };
}

function describe(err) {
  const { type, message, data, extra } = err ?? {};
  return { type, message: message ?? String(err), data: data ?? extra };
}

module.exports = { client, describe };
