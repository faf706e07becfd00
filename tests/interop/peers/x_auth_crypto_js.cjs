// npm crypto-js, as clients of the x-auth headers use it in a browser. The signature goes out as
// standard base64, or as base64url without padding where the style is `url`.
//
// With `do: "verify"` the requests are {"headers", "body": base64} of somebody else, and what is
// answered is whether their signature is the one that crypto-js makes.
const { readFileSync } = require("node:fs");
const CryptoJS = require("crypto-js");

const { do: task, endpoint, id, secret, requests } = JSON.parse(readFileSync(0, "utf8"));
const { version } = require("crypto-js/package.json");

function macOf(id, exp, nbf, body) {
  const words = CryptoJS.enc.Base64.parse(body);
  return CryptoJS.HmacSHA256(`${id}${exp}${nbf}${CryptoJS.enc.Base64.stringify(words)}`, secret);
}

function verify({ headers, body }) {
  const mac = macOf(headers["x-auth-iss"], headers["x-auth-exp"], headers["x-auth-nbf"], body);
  return headers["x-auth-signature"] === CryptoJS.enc.Base64.stringify(mac);
}

function sign(body, style) {
  const now = Math.floor(Date.now() / 1000);
  const [exp, nbf] = [now + 60, now - 5];
  const mac = macOf(id, exp, nbf, body);
  return {
    "x-auth-iss": id,
    "x-auth-exp": String(exp),
    "x-auth-nbf": String(nbf),
    "x-auth-signature": (style === "url" ? CryptoJS.enc.Base64url : CryptoJS.enc.Base64).stringify(mac),
  };
}

async function main() {
  if (task === "verify") {
    process.stdout.write(JSON.stringify({ version, answers: requests.map(verify) }));
    return;
  }
  const { send } = await import("./sending.mjs");
  const answers = [];
  for (const { method, target, headers, body, style } of requests) {
    const options = { method, path: target, headers: { ...headers, ...sign(body, style) } };
    answers.push(await send(endpoint, options, Buffer.from(body, "base64")));
  }
  process.stdout.write(JSON.stringify({ version, answers }));
}
main();
