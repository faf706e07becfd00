// npm jose: the same as pyjwt.py says, with `jwks` for what is to be a set:
// {"do": "verify_set", "jwks": {..}, "tokens": [..]} finds the key of each token by its header.
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";

// Node 18 does not have it by itself.
globalThis.crypto ??= webcrypto;
const jose = await import("jose");

const request = JSON.parse(readFileSync(0, "utf8"));
const bytes = (text) => new TextEncoder().encode(text);
const expected = { issuer: request.issuer, audience: request.audience };
const outcome = (promise) => promise.then(({ payload }) => payload, (error) => error.code ?? String(error));

async function make() {
  const answer = {};
  for (const algorithm of request.algorithms) {
    let key = bytes(request.secret);
    let jwk = null;
    if (!algorithm.startsWith("HS")) {
      const pair = await jose.generateKeyPair(algorithm, { extractable: true });
      key = pair.privateKey;
      jwk = { ...(await jose.exportJWK(pair.publicKey)), kid: algorithm, alg: algorithm, use: "sig" };
    }
    const header = { alg: algorithm, typ: "JWT", ...(jwk && { kid: algorithm }) };
    const token = await new jose.SignJWT(request.claims).setProtectedHeader(header).sign(key);
    answer[algorithm] = { token, jwk };
  }
  return answer;
}

async function verify() {
  const one = async ({ algorithm, token, jwk, secret }) => {
    const key = jwk ? await jose.importJWK(jwk, algorithm) : bytes(secret);
    return outcome(jose.jwtVerify(token, key, { ...expected, algorithms: [algorithm] }));
  };
  return Promise.all(request.tokens.map(one));
}

async function verifySet() {
  const keys = jose.createLocalJWKSet(request.jwks);
  return Promise.all(request.tokens.map(({ token }) => outcome(jose.jwtVerify(token, keys, expected))));
}

const does = { make, verify, verify_set: verifySet };
const { version } = JSON.parse(readFileSync(new URL("node_modules/jose/package.json", import.meta.url)));
process.stdout.write(JSON.stringify({ version, answers: await does[request.do]() }));
