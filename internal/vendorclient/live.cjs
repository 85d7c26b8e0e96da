// Runs the vendor's web client in Node as a connected device, for a Go test:
// JSON requests, one a line on stdin; on stdout one JSON answer for each, and
// between them what the client dispatches.
//
//   {"id":1,"call":"open","args":[]}
//   {"id":1,"result":null}  or  {"id":1,"error":{"type":...,"message":"..."}}
//   {"event":"onTextMessage","data":{...}}
//
// Calls are the client's own methods, but for open, which signs in as VENDOR_USER with
// its token or with a password, send and modify, which take what message.create does,
// and profile, the local storage. See driver.cjs for the rest.
"use strict";

const readline = require("node:readline");
const { client, describe } = require("./browser.cjs");

const events = [
  "onConnected", "onDisconnected", "onError", "onMultiDeviceEvent",
  "onTextMessage", "onCustomMessage", "onLocationMessage", "onCmdMessage",
  "onImageMessage", "onDeliveredMessage", "onReadMessage", "onChannelMessage", "onRecallMessage", "onModifiedMessage",
];

function print(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

function main() {
  const env = process.env;
  const { WebIM, conn } = client(env);
  const handler = {};
  for (const event of events) {
    handler[event] = (data) => print({ event, data: event === "onError" ? describe(data) : (data ?? null) });
  }
  conn.addEventHandler("test", handler);
  const calls = {
    open: (pwd) => conn.open({ user: env.VENDOR_USER, ...(pwd ? { pwd } : { accessToken: env.VENDOR_TOKEN }) }),
    send: (message) => conn.send(WebIM.message.create(message)),
    modify: (messageId, message) => conn.modifyMessage({ messageId, modifiedMessage: WebIM.message.create(message) }),
    sendFile: ({ content, filetype, ...message }) => {
      const data = new File([Buffer.from(content, "base64")], message.filename, { type: filetype });
      return conn.send(WebIM.message.create({ ...message, file: { data, filename: message.filename, filetype } }));
    },
    download: (url, secret) => new Promise((resolve, reject) => {
      WebIM.utils.download.call(conn, {
        url, secret, onFileDownloadError: reject,
        onFileDownloadComplete: (blob) => {
          const reader = new FileReader();
          reader.onload = () => resolve(reader.result.split(",")[1]);
          reader.readAsDataURL(blob);
        },
      });
    }),
    profile: () => ({ ...localStorage }),
    resource: () => conn.clientResource,
  };
  const lines = readline.createInterface({ input: process.stdin });
  lines.on("line", async (line) => {
    const { id, call, args } = JSON.parse(line);
    try {
      const result = await (calls[call] ?? conn[call].bind(conn))(...args);
      print({ id, result: result ?? null });
    } catch (err) {
      print({ id, error: describe(err) });
    }
  });
  lines.on("close", () => process.exit(0)); // the client keeps timers that would hold the process
}

main();
