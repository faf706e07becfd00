"""pycurl: libcurl's own SigV4. What is asked and answered: sigv4_botocore.py says."""

import base64
import json
import sys
from io import BytesIO

import pycurl

asked = json.load(sys.stdin)
answers = []
for one in asked["requests"]:
    body, said = base64.b64decode(one["body"]), BytesIO()
    headers = [f"{name}: {value}" for name, value in one["headers"].items()]
    if asked["token"]:
        headers.append(f"x-amz-security-token: {asked['token']}")
    curl = pycurl.Curl()
    curl.setopt(pycurl.URL, asked["endpoint"] + one["target"])
    curl.setopt(pycurl.PROXY, "")
    curl.setopt(pycurl.AWS_SIGV4, f"aws:amz:{asked['region']}:{asked['service']}")
    curl.setopt(pycurl.USERPWD, f"{asked['id']}:{asked['secret']}")
    if body:
        curl.setopt(pycurl.POSTFIELDS, body)
    curl.setopt(pycurl.CUSTOMREQUEST, one["method"])
    curl.setopt(pycurl.HTTPHEADER, headers)
    curl.setopt(pycurl.WRITEDATA, said)
    curl.perform()
    answers.append({"status": curl.getinfo(pycurl.RESPONSE_CODE), "body": said.getvalue().decode()})
    curl.close()
libcurl = pycurl.version_info()[1]
json.dump({"version": f"{pycurl.version.split()[0].split('/')[1]}, libcurl {libcurl}", "answers": answers}, sys.stdout)
