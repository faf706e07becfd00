"""botocore: its signers for services other than S3, sending with its own session.

Reads one JSON object from standard input and answers with another:
{"endpoint", "id", "secret", "token" or null, "region", "service", "requests": [
    {"method", "target", "path", "query": [[name, value], ..], "headers": {..}, "body": base64, "presigned"}]}
    -> {"version", "answers": [{"status", "body"}, ..]}
`target` is `path` with `query`, escaped; a client takes the one that it is made for.
"""

import base64
import json
import sys

import botocore
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

asked = json.load(sys.stdin)
credentials = Credentials(asked["id"], asked["secret"], asked["token"])
session = URLLib3Session()
answers = []
for one in asked["requests"]:
    request = AWSRequest(one["method"], asked["endpoint"] + one["target"], dict(one["headers"]),
                         base64.b64decode(one["body"]))
    if one["presigned"]:
        signer = SigV4QueryAuth(credentials, asked["service"], asked["region"], expires=60)
    else:
        signer = SigV4Auth(credentials, asked["service"], asked["region"])
    signer.add_auth(request)
    answer = session.send(request.prepare())
    answers.append({"status": answer.status_code, "body": answer.text})
json.dump({"version": botocore.__version__, "answers": answers}, sys.stdout)
