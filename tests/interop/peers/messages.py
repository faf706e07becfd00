"""http-message-signatures (RFC 9421), sending with the standard library.

{"do": "send", "endpoint", "requests": [{"method", "target", "headers", "body": base64, "algorithm", "id",
    "key": PEM or base64, "components": [..], "tag" or null, "nonce" or null, "expires" in seconds}]}
    -> {"version", "answers": [{"status", "body"}, ..]}
{"do": "verify", "requests": [{"method", "url", "headers", "body": base64, "algorithm", "id", "key", "tag"}]}
    -> {"version", "answers": ["accepted" or the name of the error, ..]}
"""

import base64
import datetime
import http.client
import json
import sys
import urllib.parse
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


class OneKey(HTTPSignatureKeyResolver):
    def __init__(self, one):
        self.text, self.shared = one["key"], one["algorithm"].startswith("hmac")

    def resolve_private_key(self, key_id):
        return base64.b64decode(self.text) if self.shared else load_pem_private_key(self.text.encode(), None)

    def resolve_public_key(self, key_id):
        return base64.b64decode(self.text) if self.shared else load_pem_public_key(self.text.encode())


def send(one):
    at, body = urllib.parse.urlsplit(asked["endpoint"]), base64.b64decode(one["body"])
    request = SimpleNamespace(method=one["method"], url=asked["endpoint"] + one["target"],
                              headers={"Host": at.netloc, **one["headers"]})
    signer = HTTPMessageSigner(signature_algorithm=ALGORITHMS[one["algorithm"]], key_resolver=OneKey(one))
    now = datetime.datetime.now()
    signer.sign(request, key_id=one["id"], created=now, expires=now + datetime.timedelta(seconds=one["expires"]),
                nonce=one["nonce"], tag=one["tag"], label="sig", covered_component_ids=one["components"],
                body=body if body else None)
    connection = http.client.HTTPConnection(at.hostname, at.port)
    connection.request(one["method"], one["target"], body or None, request.headers)
    answer = connection.getresponse()
    return {"status": answer.status, "body": answer.read().decode()}


def verify(one):
    request = SimpleNamespace(method=one["method"], url=one["url"], headers=one["headers"])
    verifier = HTTPMessageVerifier(signature_algorithm=ALGORITHMS[one["algorithm"]], key_resolver=OneKey(one))
    verifier.allow_label_only_selection = True
    body = base64.b64decode(one["body"])
    try:
        verifier.verify(request, max_age=datetime.timedelta(minutes=5), body=body if body else None,
                        **({"expect_tag": one["tag"]} if one["tag"] else {}))
        return "accepted"
    except exceptions.HTTPMessageSignaturesException as error:
        return type(error).__name__


answers = [{"send": send, "verify": verify}[asked["do"]](one) for one in asked["requests"]]
json.dump({"version": version("http-message-signatures"), "answers": answers}, sys.stdout)
