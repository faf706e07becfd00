"""boto3's client of S3: what it stores, it reads again.

{"endpoint", "id", "secret", "token" or null, "region", "bucket", "calls": [..], "objects": [
    {"key", "body": base64, "options": {..}}]}
    -> {"version", "answers": [{call: outcome, ..}, ..]}
The calls are "put", "get", "head" and "listed", which sign in the headers, and "presigned_put" and "presigned_get".
Each outcome is the body that came back in base64, a status, or {"refused": status}.
"""

import base64
import json
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

asked = json.load(sys.stdin)
BUCKET = asked["bucket"]
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def client(**options):
    s3 = {"addressing_style": "path", **options.pop("s3", {})}
    config = Config(signature_version="s3v4", s3=s3, retries={"max_attempts": 0}, proxies={}, **options)
    return boto3.client("s3", endpoint_url=asked["endpoint"], region_name=asked["region"],
                        aws_access_key_id=asked["id"], aws_secret_access_key=asked["secret"],
                        aws_session_token=asked["token"], config=config)


def outcome(call):
    try:
        return call()
    except ClientError as error:
        return {"refused": error.response["ResponseMetadata"]["HTTPStatusCode"]}
    except urllib.error.HTTPError as error:
        return {"refused": error.code}


def plain(method, url, body=None, headers={}):
    request = urllib.request.Request(url, data=body, method=method, headers=headers)
    with direct.open(request) as answer:
        return answer.status if body is not None else base64.b64encode(answer.read()).decode()


def one(wanted):
    s3, key, body = client(**wanted["options"]), wanted["key"], base64.b64decode(wanted["body"])
    where = {"Bucket": BUCKET, "Key": key}
    status = lambda answer: answer["ResponseMetadata"]["HTTPStatusCode"]
    # Another name, so that what is read is what was put by the URL.
    again = {"Bucket": BUCKET, "Key": key + ".again"}
    calls = {
        "put": lambda: status(s3.put_object(**where, Body=body, Metadata={"colour": "blue green"})),
        "get": lambda: base64.b64encode(s3.get_object(**where)["Body"].read()).decode(),
        "head": lambda: s3.head_object(**where)["ContentLength"],
        "presigned_put": lambda: plain("PUT", s3.generate_presigned_url("put_object", again, 60), body,
                                       {"content-type": ""}),
        "presigned_get": lambda: plain("GET", s3.generate_presigned_url("get_object", again, 60)),
        "listed": lambda: status(s3.list_objects_v2(Bucket=BUCKET, Prefix=key, Delimiter="/")),
    }
    return {name: outcome(calls[name]) for name in asked["calls"]}


json.dump({"version": boto3.__version__, "answers": [one(wanted) for wanted in asked["objects"]]}, sys.stdout)
