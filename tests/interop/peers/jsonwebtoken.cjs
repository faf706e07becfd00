// npm jsonwebtoken: the same as pyjwt.py says. It has no EdDSA.
const { readFileSync } = require("node:fs");
const crypto = require("node:crypto");
const jwt = require("jsonwebtoken");

const request = JSON.parse(readFileSync(0, "utf8"));
const curves = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

function make() {
  const answer = {};
  for (const algorithm of request.algorithms) {
    let key = request.secret;
    let jwk = null;
    if (!algorithm.startsWith("HS")) {
      const pair = algorithm in curves
        ? crypto.generateKeyPairSync("ec", { namedCurve: curves[algorithm] })
        : crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
      key = pair.privateKey;
      jwk = pair.publicKey.export({ format: "jwk" });
    }
    answer[algorithm] = { token: jwt.sign(request.claims, key, { algorithm }), jwk };
  }
  return answer;
}

function verify() {
  return request.tokens.map(({ algorithm, token, jwk, secret }) => {
    const key = jwk ? crypto.createPublicKey({ key: jwk, format: "jwk" }) : secret;
    const expected = { algorithms: [algorithm], issuer: request.issuer, audience: request.audience };
    try {
      return jwt.verify(token, key, expected);
    } catch (error) {
      return `${error.name}: ${error.message}`;
    }
  });
}

const { version } = require("jsonwebtoken/package.json");
process.stdout.write(JSON.stringify({ version, answers: { make, verify }[request.do]() }));
