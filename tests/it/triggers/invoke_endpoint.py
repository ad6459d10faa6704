"""A function behind the Invoke API of AWS Lambda, which refuses requests without a right Signature Version 4.

Prints the port that it listens on, and serves until it is killed.
"""

import hashlib
import hmac
import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

KEYS = {"AKIDEXAMPLE": "the secret"}


def handler(event, context):
    """PreSignUp: nobody from bad.example, and everybody else is confirmed."""
    domain = event["request"]["userAttributes"]["email"].split("@")[1]
    if domain == "bad.example":
        raise ValueError(f"Nobody from {domain}")
    event["response"]["autoConfirmUser"] = True
    event["response"]["autoVerifyEmail"] = True
    return event


def is_signed(request, body):
    """Whether the request's signature is right, by the steps of the IAM user guide."""
    header = request.headers.get("authorization", "")
    pattern = r"AWS4-HMAC-SHA256 Credential=([^/]+)/(.+), SignedHeaders=(.+), Signature=([0-9a-f]{64})"
    parts = re.fullmatch(pattern, header)
    if not parts or parts[1] not in KEYS:
        return False
    key_id, scope, names, signature = parts.groups()
    path, _, query = request.path.partition("?")
    canonical = [request.command, quote(path, safe="/-_.~"), query]
    canonical += [f"{name}:{request.headers[name].strip()}" for name in names.split(";")]
    canonical += ["", names, hashlib.sha256(body).hexdigest()]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope, digest])
    key = ("AWS4" + KEYS[key_id]).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.new(key, text.encode(), "sha256").hexdigest(), signature)


class Invoke(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if not re.fullmatch(r"/2015-03-31/functions/[\w-]+/invocations", self.path):
            self.answer(404, {"Message": "no such function"})
        elif not is_signed(self, body):
            self.answer(403, {"Message": "the signature does not match"})
        else:
            try:
                self.answer(200, handler(json.loads(body), None))
            except Exception as error:
                thrown = {"errorMessage": str(error), "errorType": type(error).__name__}
                self.answer(200, thrown, {"X-Amz-Function-Error": "Unhandled"})

    def answer(self, status, value, headers=()):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in dict(headers).items():
            self.send_header(name, text)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Invoke)
print(server.server_address[1], flush=True)
server.serve_forever()
