"""PyJWT: makes tokens with keys of its own, and verifies those of others.

Reads one JSON object from standard input and answers with {"version", "answers"}:
{"do": "make", "algorithms": [..], "claims": {..}, "secret": ".."}
    -> {"HS256": {"token": "..", "jwk": {..} or null}, ..}
{"do": "verify", "tokens": [{"algorithm", "token", "jwk": {..} or null, "secret"}], "issuer", "audience"}
    -> [the claims, or the name of the error]
"""

import json
import sys

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}


def fresh(algorithm):
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm]())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make(request):
    answer = {}
    for algorithm in request["algorithms"]:
        if algorithm.startswith("HS"):
            key, jwk = request["secret"], None
        else:
            key = fresh(algorithm)
            jwk = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
        token = jwt.encode(request["claims"], key, algorithm=algorithm)
        answer[algorithm] = {"token": token, "jwk": jwk}
    return answer


def verify(request):
    answer = []
    for one in request["tokens"]:
        key = jwt.PyJWK(one["jwk"], one["algorithm"]).key if one["jwk"] else one["secret"]
        try:
            answer.append(jwt.decode(one["token"], key, algorithms=[one["algorithm"]],
                                     issuer=request["issuer"], audience=request["audience"]))
        except jwt.PyJWTError as error:
            answer.append(type(error).__name__)
    return answer


request = json.load(sys.stdin)
answers = {"make": make, "verify": verify}[request["do"]](request)
json.dump({"version": jwt.__version__, "answers": answers}, sys.stdout)
