// npm aws4, sending with Node's own client. What is asked and answered: sigv4_botocore.py says.
const { readFileSync } = require("node:fs");
const aws4 = require("aws4");

const { endpoint, id, secret, token, region, service, requests } = JSON.parse(readFileSync(0, "utf8"));
const { version } = require("aws4/package.json");
const credentials = { accessKeyId: id, secretAccessKey: secret, ...(token && { sessionToken: token }) };

async function main() {
  const { send } = await import("./sending.mjs");
  const answers = [];
  for (const { method, target, headers, body, presigned } of requests) {
    const bytes = Buffer.from(body, "base64");
    const options = { host: new URL(endpoint).host, method, path: target, headers: { ...headers }, region, service };
    if (bytes.length) options.body = bytes;
    // It does not limit the life of a URL by itself, except for S3.
    if (presigned) Object.assign(options, { signQuery: true, path: `${target}&X-Amz-Expires=60` });
    const { path, headers: signed } = aws4.sign(options, credentials);
    answers.push(await send(endpoint, { method, path, headers: signed }, bytes));
  }
  process.stdout.write(JSON.stringify({ version, answers }));
}
main();
