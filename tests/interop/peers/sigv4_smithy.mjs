// npm @smithy/signature-v4, which signs for every client of the AWS SDK, with the handler that sends
// for them. What is asked and answered: sigv4_botocore.py says; with the style `stream`, the body is one.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createHash, createHmac } from "node:crypto";
import { Readable } from "node:stream";
import { SignatureV4 } from "@smithy/signature-v4";
import { NodeHttpHandler } from "@smithy/node-http-handler";

const { endpoint, id, secret, token, region, service, requests } = JSON.parse(readFileSync(0, "utf8"));
const { version } = createRequire(import.meta.url)("@smithy/signature-v4/package.json");

class Sha256 {
  constructor(key) {
    this.state = key ? createHmac("sha256", key) : createHash("sha256");
  }
  update(bytes) {
    this.state.update(bytes);
  }
  async digest() {
    return new Uint8Array(this.state.digest());
  }
}

const signer = new SignatureV4({
  credentials: { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) },
  region,
  service,
  sha256: Sha256,
});
const { hostname, port, host, protocol } = new URL(endpoint);
const handler = new NodeHttpHandler();

// A bag of names, each with one value or with a list of them.
function bag(pairs) {
  const query = {};
  for (const [name, value] of pairs) {
    query[name] = name in query ? [query[name], value].flat() : value;
  }
  return query;
}

const answers = [];
for (const { method, path, query, headers, body, presigned, style } of requests) {
  const bytes = Buffer.from(body, "base64");
  const request = {
    method, protocol, hostname, port: Number(port), path, query: bag(query), headers: { host, ...headers },
    ...(bytes.length && { body: style === "stream" ? Readable.from([bytes]) : bytes }),
  };
  const signed = presigned ? await signer.presign(request, { expiresIn: 60 }) : await signer.sign(request);
  if (bytes.length) signed.headers["content-length"] ??= String(bytes.length);
  const { response } = await handler.handle(signed);
  const pieces = [];
  for await (const piece of response.body) pieces.push(piece);
  answers.push({ status: response.statusCode, body: Buffer.concat(pieces).toString() });
}
handler.destroy();
process.stdout.write(JSON.stringify({ version, answers }));
