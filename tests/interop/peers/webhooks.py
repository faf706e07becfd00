"""standardwebhooks, sending with the standard library.

{"do": "send", "endpoint", "secret": "whsec_..", "requests": [{"target", "body": base64}]}
    -> {"version", "answers": [{"status", "body"}, ..]}
{"do": "verify", "secret", "requests": [{"headers": {..}, "body": base64}]}
    -> {"version", "answers": [the body as JSON, or the name of the error]}
"""

import base64
import datetime
import http.client
import json
import sys
import urllib.parse
import uuid
from importlib.metadata import version

from standardwebhooks import Webhook, WebhookVerificationError

asked = json.load(sys.stdin)
webhook = Webhook(asked["secret"])


def send(one):
    at, now = urllib.parse.urlsplit(asked["endpoint"]), datetime.datetime.now(tz=datetime.timezone.utc)
    name, body = f"msg_{uuid.uuid4().hex}", base64.b64decode(one["body"]).decode()
    headers = {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(name, now, body),
    }
    connection = http.client.HTTPConnection(at.hostname, at.port)
    connection.request("POST", one["target"], body.encode(), headers)
    answer = connection.getresponse()
    return {"status": answer.status, "body": answer.read().decode()}


def verify(one):
    try:
        return webhook.verify(base64.b64decode(one["body"]), one["headers"])
    except WebhookVerificationError as error:
        return type(error).__name__


answers = [{"send": send, "verify": verify}[asked["do"]](one) for one in asked["requests"]]
json.dump({"version": version("standardwebhooks"), "answers": answers}, sys.stdout)
