// npm http-message-signatures, sending with Node's own client. What is asked and answered: messages.py says.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createHash, createPublicKey, createPrivateKey } from "node:crypto";
import library from "http-message-signatures";
import { send as deliver } from "./sending.mjs";

const { createSigner, createVerifier, httpbis } = library;
const { version } = createRequire(import.meta.url)("http-message-signatures/package.json");
const asked = JSON.parse(readFileSync(0, "utf8"));
const shared = (one) => one.algorithm.startsWith("hmac");

async function send(one) {
  const body = Buffer.from(one.body, "base64");
  const key = shared(one) ? Buffer.from(one.key, "base64") : createPrivateKey(one.key);
  const headers = { host: new URL(asked.endpoint).host, ...one.headers };
  // The library does not make it.
  if (body.length) headers["content-digest"] = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  const now = Date.now();
  const paramValues = {
    created: new Date(now), expires: new Date(now + one.expires * 1000),
    ...(one.nonce && { nonce: one.nonce }), ...(one.tag && { tag: one.tag }),
  };
  const fields = [...one.components, ...(body.length ? ["content-digest"] : [])];
  const params = ["created", "expires", "keyid", "alg", ...(one.nonce ? ["nonce"] : []), ...(one.tag ? ["tag"] : [])];
  const config = { key: createSigner(key, one.algorithm, one.id), fields, params, paramValues };
  const signed = await httpbis.signMessage(config, { method: one.method, url: asked.endpoint + one.target, headers });
  return deliver(asked.endpoint, { method: one.method, path: one.target, headers: signed.headers }, body);
}

async function verify(one) {
  const key = shared(one) ? Buffer.from(one.key, "base64") : createPublicKey(one.key);
  const known = { id: one.id, algs: [one.algorithm], verify: createVerifier(key, one.algorithm) };
  const keyLookup = async ({ keyid }) => (keyid === one.id ? known : null);
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
