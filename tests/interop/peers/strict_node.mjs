// The strict forms of x-auth and of signed URLs in plain Node, written from the manual's chapter about
// them and from nothing else. What is asked and answered: sigv4_botocore.py says; the style is `url` or not.
import { readFileSync } from "node:fs";
import { createHash, createHmac, randomBytes } from "node:crypto";
import { send } from "./sending.mjs";

const { endpoint, id, secret, requests } = JSON.parse(readFileSync(0, "utf8"));

function field(value) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(Buffer.byteLength(value)));
  return Buffer.concat([length, Buffer.from(value)]);
}
const maybe = (value) => (value === undefined ? Buffer.from([0]) : Buffer.concat([Buffer.from([1]), field(value)]));
const sign = (...fields) => createHmac("sha256", secret).update(Buffer.concat(fields)).digest("base64url");

// In its one spelling: lower case, and no port that is a default.
const authority = new URL(endpoint).host.toLowerCase().replace(/:(80|443)$/, "");

function parts(body) {
  const now = Math.floor(Date.now() / 1000);
  const [nonce, digest] = [randomBytes(16), createHash("sha256").update(body).digest()];
  return { begin: String(now), end: String(now + 60), nonce, digest };
}

function xAuth(method, target, body) {
  const [path, query] = target.split("?");
  const { begin, end, nonce, digest } = parts(body);
  const signature = sign(
    field("portcullis x-auth 1"), field(method), field(authority), field(path), maybe(query),
    field(id), field(begin), field(end), field(nonce), field(digest),
  );
  return {
    "x-auth-version": "1", "x-auth-iss": id, "x-auth-nbf": begin, "x-auth-exp": end,
    "x-auth-nonce": nonce.toString("base64url"), "x-auth-digest": digest.toString("base64url"),
    "x-auth-signature": signature,
  };
}

function signedUrl(method, target, body) {
  const [path, own] = target.split("?");
  const { begin, end, nonce, digest } = parts(body);
  const query = [
    ...(own ? [own] : []), "pc-version=1", `pc-key=${id}`, `pc-time=${begin}`, `pc-expires=${end}`,
    `pc-nonce=${nonce.toString("base64url")}`, `pc-digest=${digest.toString("base64url")}`,
  ].join("&");
  const signature = sign(
    field("portcullis signed-url 1"), field(method), field(authority), field(path), maybe(query),
  );
  return `${path}?${query}&pc-signature=${signature}`;
}

const answers = [];
for (const { method, target, headers, body, style } of requests) {
  const bytes = Buffer.from(body, "base64");
  const options = style === "url"
    ? { method, path: signedUrl(method, target, bytes), headers }
    : { method, path: target, headers: { ...headers, ...xAuth(method, target, bytes) } };
  answers.push(await send(endpoint, options, bytes));
}
process.stdout.write(JSON.stringify({ version: process.versions.node, answers }));
