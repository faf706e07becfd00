"""standardwebhooks, sending with the standard library.

{"do": "send", "endpoint", "secret": "whsec_..", "messages": [{"target", "id", "body": text}]}
    -> {"version", "answers": [{"status", "body"}, ..]}
{"do": "verify", "secret", "messages": [{"headers": {..}, "body": text}]}
    -> {"version", "answers": [the body as JSON, or the name of the error]}
"""

import datetime
import http.client
import json
import sys
import urllib.parse
from importlib.metadata import version

from standardwebhooks import Webhook, WebhookVerificationError

asked = json.load(sys.stdin)
webhook = Webhook(asked["secret"])


def send(one):
    at, now = urllib.parse.urlsplit(asked["endpoint"]), datetime.datetime.now(tz=datetime.timezone.utc)
    headers = {
        "content-type": "application/json",
        "webhook-id": one["id"],
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": webhook.sign(one["id"], now, one["body"]),
    }
    connection = http.client.HTTPConnection(at.hostname, at.port)
    connection.request("POST", one["target"], one["body"].encode(), headers)
    answer = connection.getresponse()
    return {"status": answer.status, "body": answer.read().decode()}


def verify(one):
    try:
        return webhook.verify(one["body"], one["headers"])
    except WebhookVerificationError as error:
        return type(error).__name__


answers = [{"send": send, "verify": verify}[asked["do"]](one) for one in asked["messages"]]
json.dump({"version": version("standardwebhooks"), "answers": answers}, sys.stdout)
