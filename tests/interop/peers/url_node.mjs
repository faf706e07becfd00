// A client of signed URLs as anybody writes it in Node: HMAC-SHA256 over the path, the query and the
// body, in base64. What is asked and answered: sigv4_botocore.py says. The style is the signature as
// `raw` or `escaped` base64, last or `first` in the query, and whether a `newline` is written behind
// a head without a body, which the example of the original did.
import { readFileSync } from "node:fs";
import { createHmac } from "node:crypto";
import { send } from "./sending.mjs";

const { endpoint, id, secret, requests } = JSON.parse(readFileSync(0, "utf8"));

const answers = [];
for (const { method, target, headers, body, style } of requests) {
  const bytes = Buffer.from(body, "base64");
  const time = (Date.now() / 1000).toFixed(3);
  const signed = `${target}${target.includes("?") ? "&" : "?"}timestamp=${time}&apikey=${id}`;
  let signature = createHmac("sha256", secret).update(signed).update(bytes).digest("base64");
  if (style.includes("escaped")) signature = encodeURIComponent(signature);
  const [path, query] = signed.split("?");
  const url = style.includes("first")
    ? `${path}?signature=${signature}&${query}`
    : `${signed}&signature=${signature}`;
  const written = style.includes("newline") ? Buffer.from("\n") : bytes;
  answers.push(await send(endpoint, { method, path: url, headers }, written));
}
process.stdout.write(JSON.stringify({ version: process.versions.node, answers }));
