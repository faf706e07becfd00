"""requests-aws4auth, in requests. What is asked and answered: sigv4_botocore.py says."""

import base64
import json
import sys
from importlib.metadata import version

import requests
from requests_aws4auth import AWS4Auth

asked = json.load(sys.stdin)
auth = AWS4Auth(asked["id"], asked["secret"], asked["region"], asked["service"], session_token=asked["token"])
answers = []
with requests.Session() as session:
    session.trust_env = False
    for one in asked["requests"]:
        answer = session.request(one["method"], asked["endpoint"] + one["target"], headers=one["headers"],
                                 data=base64.b64decode(one["body"]), auth=auth)
        answers.append({"status": answer.status_code, "body": answer.text})
json.dump({"version": version("requests-aws4auth"), "answers": answers}, sys.stdout)
