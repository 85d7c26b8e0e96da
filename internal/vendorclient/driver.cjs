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

const readline = require("node:readline");
const { client, describe } = require("./browser.cjs");

const env = process.env;

// connect makes a client that is signed in as far as its REST calls can tell.
function connect() {
  const { conn } = client(env);
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

async function answer(conn, line) {
  const { id, call, args } = JSON.parse(line);
  try {
    return { id, result: (await conn[call](...args)) ?? null };
  } catch (err) {
    return { id, error: describe(err) };
  }
}

async function main() {
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
