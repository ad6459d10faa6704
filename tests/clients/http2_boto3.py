#!/usr/bin/env python3
"""The administrator's journey with boto3 over HTTP/2, which boto3 itself does not speak.

boto3 makes and signs the requests and reads the answers; only the sending in between is httpx's.

Environment: COGNATE_ENDPOINT; COGNATE_CERTIFICATE for an endpoint with TLS, where HTTP/2 is agreed on
by ALPN. Without TLS the client begins with HTTP/2 unasked.
"""

import atexit
import io
import os
import ssl
import sys
import unittest

import admin_boto3
import httpx
from botocore.awsrequest import AWSResponse

CERTIFICATE = os.environ.get("COGNATE_CERTIFICATE")

http = httpx.Client(
    # With TLS the client offers both, and the server chooses.
    http1=CERTIFICATE is not None,
    http2=True,
    verify=ssl.create_default_context(cafile=CERTIFICATE),
    timeout=30,
    trust_env=False,
)
atexit.register(http.close)


answers = 0


class Raw(io.BytesIO):
    """A body that has come, as botocore reads it."""

    def stream(self, **_):
        yield self.read()


def send(request, **_):
    """Stands in for botocore's own sending."""
    global answers
    answer = http.request(
        request.method, request.url, headers=dict(request.headers), content=request.body
    )
    if answer.http_version != "HTTP/2":
        raise AssertionError(f"the server spoke {answer.http_version}")
    answers += 1
    return AWSResponse(str(answer.url), answer.status_code, answer.headers, Raw(answer.content))


def over_http2(make_client):
    def client(*arguments):
        made = make_client(*arguments)
        made.meta.events.register("before-send", send)
        return made

    return client


admin_boto3.client = over_http2(admin_boto3.client)

if __name__ == "__main__":
    journey = unittest.main(module=admin_boto3, exit=False)
    print(f"# {answers} answers came over HTTP/2")
    sys.exit(0 if journey.result.wasSuccessful() and answers > 0 else 1)
