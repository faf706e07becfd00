// npm http-message-signatures, sending with Node's own client. What is asked and answered: messages.py says.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants, createHash, createPrivateKey, createPublicKey, randomUUID, sign } from "node:crypto";
import library from "http-message-signatures";
import { send as deliver } from "./sending.mjs";

const { createSigner, createVerifier, httpbis } = library;
const { version } = createRequire(import.meta.url)("http-message-signatures/package.json");
const asked = JSON.parse(readFileSync(0, "utf8"));
const { algorithm, id, secret, tag } = asked;
const shared = algorithm.startsWith("hmac");

// The library's own signer has as much salt as fits, where RFC 9421 (section 3.3.1) says 64 bytes.
const salted = (key) => ({
  id, alg: algorithm,
  sign: async (data) => sign("sha512", data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }),
});
const signer = (key) => (algorithm === "rsa-pss-sha512" ? salted(key) : createSigner(key, algorithm, id));

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
  const fields = [...asked.components, ...Object.keys(one.headers), ...(body.length ? ["content-digest"] : [])];
  const params = ["created", "expires", "keyid", "alg", "nonce", ...(tag ? ["tag"] : [])];
  const config = { key: signer(key), fields, params, paramValues };
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
