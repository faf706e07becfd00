// npm standardwebhooks, sending with Node's own client. What is asked and answered: webhooks.py says.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { randomUUID } from "node:crypto";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { send as deliver } from "./sending.mjs";

const { version } = createRequire(import.meta.url)("standardwebhooks/package.json");
const asked = JSON.parse(readFileSync(0, "utf8"));
const webhook = new Webhook(asked.secret);

async function send({ target, body }) {
  const [now, id, bytes] = [new Date(), `msg_${randomUUID()}`, Buffer.from(body, "base64")];
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": webhook.sign(id, now, bytes),
  };
  return deliver(asked.endpoint, { method: "POST", path: target, headers }, bytes);
}

async function verify({ headers, body }) {
  try {
    return webhook.verify(Buffer.from(body, "base64"), headers);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    return error.constructor.name;
  }
}

const answers = [];
for (const one of asked.requests) answers.push(await { send, verify }[asked.do](one));
process.stdout.write(JSON.stringify({ version, answers }));
