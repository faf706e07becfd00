"""http-message-signatures (RFC 9421), sending with the standard library.

{"do": "send", "endpoint", "algorithm", "id", "secret", "components": [..], "tag" or null, "requests": [
    {"method", "target", "headers", "body": base64}]}
    -> {"version", "answers": [{"status", "body"}, ..]}
{"do": "verify", "algorithm", "id", "secret", "tag" or null, "requests": [{"method", "url", "headers", "body": base64}]}
    -> {"version", "answers": ["accepted" or the name of the error, ..]}
Headers are covered too. `secret` is the text of a shared one, or a PEM. Each request lives for a minute and has a nonce.
"""

import base64
import datetime
import http.client
import json
import sys
import urllib.parse
import uuid
import warnings
from importlib.metadata import version
from types import SimpleNamespace

from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from http_message_signatures import (
    HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms, exceptions,
)

# Where nobody asks for a tag.
warnings.simplefilter("ignore")
asked = json.load(sys.stdin)
ALGORITHMS = {
    "hmac-sha256": algorithms.HMAC_SHA256,
    "ed25519": algorithms.ED25519,
    "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
    "rsa-pss-sha512": algorithms.RSA_PSS_SHA512,
}


SHARED = asked["algorithm"].startswith("hmac")
SECRET = asked["secret"].encode()
ALGORITHM = ALGORITHMS[asked["algorithm"]]


class OneKey(HTTPSignatureKeyResolver):
    def resolve_private_key(self, key_id):
        return SECRET if SHARED else load_pem_private_key(SECRET, None)

    def resolve_public_key(self, key_id):
        return SECRET if SHARED else load_pem_public_key(SECRET)


def send(one):
    at, body = urllib.parse.urlsplit(asked["endpoint"]), base64.b64decode(one["body"])
    request = SimpleNamespace(method=one["method"], url=asked["endpoint"] + one["target"],
                              headers={"Host": at.netloc, **one["headers"]})
    signer = HTTPMessageSigner(signature_algorithm=ALGORITHM, key_resolver=OneKey())
    now = datetime.datetime.now()
    signer.sign(request, key_id=asked["id"], created=now, expires=now + datetime.timedelta(minutes=1),
                nonce=uuid.uuid4().hex, tag=asked["tag"], label="sig", covered_component_ids=[*asked["components"], *one["headers"]],
                body=body or None)
    connection = http.client.HTTPConnection(at.hostname, at.port)
    connection.request(one["method"], one["target"], body or None, request.headers)
    answer = connection.getresponse()
    return {"status": answer.status, "body": answer.read().decode()}


def verify(one):
    request = SimpleNamespace(method=one["method"], url=one["url"], headers=one["headers"])
    verifier = HTTPMessageVerifier(signature_algorithm=ALGORITHM, key_resolver=OneKey())
    verifier.allow_label_only_selection = True
    body = base64.b64decode(one["body"])
    try:
        verifier.verify(request, max_age=datetime.timedelta(minutes=5), body=body or None,
                        expect_tag=asked["tag"])
        return "accepted"
    except exceptions.HTTPMessageSignaturesException as error:
        return type(error).__name__


answers = [{"send": send, "verify": verify}[asked["do"]](one) for one in asked["requests"]]
json.dump({"version": version("http-message-signatures"), "answers": answers}, sys.stdout)
