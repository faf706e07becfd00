// npm http-message-signatures, sending with Node's own client. What is asked and answered: messages.py says.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createHash, createPrivateKey, createPublicKey, randomUUID } from "node:crypto";
import library from "http-message-signatures";
import { send as deliver } from "./sending.mjs";

const { createSigner, createVerifier, httpbis } = library;
const { version } = createRequire(import.meta.url)("http-message-signatures/package.json");
const asked = JSON.parse(readFileSync(0, "utf8"));
const { algorithm, id, secret, tag } = asked;
const shared = algorithm.startsWith("hmac");

async function send(one) {
  const body = Buffer.from(one.body, "base64");
  const key = shared ? Buffer.from(secret) : createPrivateKey(secret);
  const headers = { host: new URL(asked.endpoint).host, ...one.headers };
  // The library does not make it.
  if (body.length) headers["content-digest"] = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  const now = Date.now();
  const paramValues = {
    created: new Date(now), expires: new Date(now + 60_000), nonce: randomUUID(), ...(tag && { tag }),
  };
  const fields = [...asked.components, ...(body.length ? ["content-digest"] : [])];
  const params = ["created", "expires", "keyid", "alg", "nonce", ...(tag ? ["tag"] : [])];
  const config = { key: createSigner(key, algorithm, id), fields, params, paramValues };
  const signed = await httpbis.signMessage(config, { method: one.method, url: asked.endpoint + one.target, headers });
  return deliver(asked.endpoint, { method: one.method, path: one.target, headers: signed.headers }, body);
}

async function verify(one) {
  const key = shared ? Buffer.from(secret) : createPublicKey(secret);
  const known = { id, algs: [algorithm], verify: createVerifier(key, algorithm) };
  const keyLookup = async ({ keyid }) => (keyid === id ? known : null);
  try {
    const verified = await httpbis.verifyMessage({ keyLookup, tolerance: 5 }, one);
    return verified ? "accepted" : "nothing to verify";
  } catch (error) {
    return error.constructor.name;
  }
}

const answers = [];
for (const one of asked.requests) answers.push(await { send, verify }[asked.do](one));
process.stdout.write(JSON.stringify({ version, answers }));
