// A client of signed URLs as anybody writes it in Node: HMAC-SHA256 over the path, the query and the
// body, in base64. It sends what `Expected` of sigv4_botocore.py says, and the signature as `raw` or
// `escaped` base64, last or `first` in the query.
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
  answers.push(await send(endpoint, { method, path: url, headers }, bytes));
}
process.stdout.write(JSON.stringify({ version: process.versions.node, answers }));
