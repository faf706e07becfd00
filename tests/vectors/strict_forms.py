"""Computes the vectors of the strict forms again, by the rules of the manual and by nothing else:
`python3 strict_forms.py data/strict_forms.json`. Only the standard library is needed."""

import base64
import hashlib
import hmac
import json
import sys


def field(value: bytes) -> bytes:
    return len(value).to_bytes(8, "big") + value


def optional(value) -> bytes:
    return b"\x00" if value is None else b"\x01" + field(value)


def one_spelling(authority: str) -> str:
    authority = authority.lower()
    for port in (":80", ":443"):
        if authority.endswith(port):
            return authority[: -len(port)]
    return authority


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def sign(secret: str, message: bytes) -> str:
    return base64url(hmac.new(secret.encode("ascii"), message, hashlib.sha256).digest())


def head(label: str, case: dict, query) -> bytes:
    fields = [label, case["method"], one_spelling(case["authority"]), case["path"]]
    message = b"".join(field(text.encode("ascii")) for text in fields)
    return message + optional(None if query is None else query.encode("ascii"))


def x_auth(case: dict, nonce: bytes, digest: bytes):
    texts = [case["key"], case["start"], case["end"]]
    message = head("portcullis x-auth 1", case, case["query"])
    message += b"".join(field(text.encode("ascii")) for text in texts)
    message += field(nonce) + field(digest)
    signature = sign(case["secret"], message)
    headers = [
        ["host", case["authority"]],
        ["x-auth-version", "1"],
        ["x-auth-iss", case["key"]],
        ["x-auth-nbf", case["start"]],
        ["x-auth-exp", case["end"]],
        ["x-auth-nonce", base64url(nonce)],
        ["x-auth-digest", base64url(digest)],
        ["x-auth-signature", signature],
    ]
    target = case["path"] if case["query"] is None else case["path"] + "?" + case["query"]
    return message, signature, target, headers


def signed_url(case: dict, nonce: bytes, digest: bytes):
    own = [case["query"]] if case["query"] else []
    query = "&".join(
        own
        + [
            "pc-version=1",
            "pc-key=" + case["key"],
            "pc-time=" + case["start"],
            "pc-expires=" + case["end"],
            "pc-nonce=" + base64url(nonce),
            "pc-digest=" + base64url(digest),
        ]
    )
    message = head("portcullis signed-url 1", case, query)
    signature = sign(case["secret"], message)
    target = case["path"] + "?" + query + "&pc-signature=" + signature
    return message, signature, target, [["host", case["authority"]]]


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)["vectors"]
    for case in cases:
        nonce = bytes.fromhex(case["nonce_hex"])
        digest = hashlib.sha256(base64.b64decode(case["body_b64"])).digest()
        form = {"x-auth": x_auth, "signed-url": signed_url}[case["form"]]
        message, signature, target, headers = form(case, nonce, digest)
        found = [message.hex(), signature, target, headers]
        if found != [case["message_hex"], case["signature"], case["target"], case["headers"]]:
            sys.exit(f"{case['name']} is not what the rules say: {found}")
    print(len(cases), "vectors are right")


main()
