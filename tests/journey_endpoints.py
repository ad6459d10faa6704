"""What the journeys serve on loopback: an SMTP server, a webhook for text messages, triggers' functions, an
administrator.

The server calls the first three, as its configuration says. The last is for clients that do not sign.
"""

import contextlib
import http.server
import json
import random
import re
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import Path


@contextlib.contextmanager
def endpoint(answer):
    """Serves POST requests in threads of its own; yields the URL, without a slash at the end.

    `answer(path, body)` gets the body as bytes and returns the status, the answer's body (a text, or what can
    be written as JSON) and headers, as pairs. What it raises is answered as 500, with the error's text.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                status, value, *headers = answer(self.path, body)
            except Exception as error:
                status, value, headers = 500, f"{type(error).__name__}: {error}", []
            text = value if isinstance(value, str) else json.dumps(value, default=str)
            self.send_response(status)
            for name, content in headers:
                self.send_header(name, content)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def mail_catcher(directory):
    """The SMTP server; yields its port and the file that mails come to."""
    program = Path(__file__).resolve().parent / "clients/smtp_catcher.py"
    file = directory / "mail.jsonl"
    process = subprocess.Popen(
        [sys.executable, program, "--output", file, "--until-stdin-closes"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    try:
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError("the SMTP server did not start")
        yield int(line), file
    finally:
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()


def sms_webhook(file):
    """Keeps each text message that the server posts as a line of JSON, as mails are kept."""

    def answer(_path, body):
        message = json.loads(body)
        line = json.dumps({"recipients": [message["to"]], "body": message["text"]})
        with open(file, "a", encoding="utf-8") as kept:
            kept.write(line + "\n")
        return 200, ""

    return endpoint(answer)


def administrator(idp):
    """Calls the operation that the path names, `/AdminCreateUser` for example; the body is its input."""
    import botocore
    import botocore.exceptions

    def answer(path, body):
        call = getattr(idp, botocore.xform_name(path.lstrip("/")))
        try:
            return 200, call(**json.loads(body))
        except botocore.exceptions.ClientError as error:
            return 400, error.response["Error"]

    return endpoint(answer)


def functions():
    """The Invoke API of AWS Lambda, with the functions of a sign-in whose challenge is a sum."""
    known = {
        "define-auth-challenge": define_auth_challenge,
        "create-auth-challenge": create_auth_challenge,
        "verify-auth-challenge": verify_auth_challenge,
    }

    def answer(path, body):
        name = re.fullmatch(r"/2015-03-31/functions/([\w-]+)/invocations", path)
        if not name or name[1] not in known:
            return 404, {"Message": f"no function at {path}"}
        event = json.loads(body)
        try:
            known[name[1]](event["request"], event["response"])
        except Exception as error:
            thrown = {"errorMessage": str(error), "errorType": type(error).__name__}
            return 200, thrown, ("x-amz-function-error", "Unhandled")
        return 200, event

    return endpoint(answer)


def define_auth_challenge(request, response):
    """The password first where the client begins with SRP; then a sum, which may be answered three times."""
    session = request["session"]
    sums = [entry for entry in session if entry["challengeName"] == "CUSTOM_CHALLENGE"]
    response["issueTokens"] = response["failAuthentication"] = False
    if request.get("userNotFound") or len(sums) == 3 and not sums[-1]["challengeResult"]:
        response["failAuthentication"] = True
    elif sums and sums[-1]["challengeResult"]:
        response["issueTokens"] = True
    elif [entry["challengeName"] for entry in session] == ["SRP_A"]:
        response["challengeName"] = "PASSWORD_VERIFIER"
    else:
        response["challengeName"] = "CUSTOM_CHALLENGE"


def create_auth_challenge(request, response):
    """Another sum each time."""
    one, other = secrets.randbelow(90) + 10, secrets.randbelow(90) + 10
    response["publicChallengeParameters"] = {"sum": f"{one} + {other}"}
    response["privateChallengeParameters"] = {"answer": str(one + other)}
    response["challengeMetadata"] = f"SUM_{len(request['session'])}"


def verify_auth_challenge(request, response):
    given = request["challengeAnswer"].strip()
    response["answerCorrect"] = given == request["privateChallengeParameters"]["answer"]


def free_port():
    """A port that stays free between two starts: none of those that the kernel gives to anybody."""
    while True:
        port = random.randrange(10_000, 32_768)
        with contextlib.closing(socket.socket()) as probe:
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
