#!/usr/bin/env python3
"""A real SMTP server (aiosmtpd) on 127.0.0.1 that keeps each mail as a line of JSON in a file.

It prints the port it listens on. With --until-stdin-closes it ends with whoever started it.
"""

import argparse
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Catcher:
    """Appends each mail to the file; a line is written in one piece, so a reader never sees half."""

    def __init__(self, options):
        self.options = options
        self.deferred = 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address == self.options.refuse:
            return "550 5.1.1 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.deferred < self.options.defer:
            self.deferred += 1
            return "451 4.7.1 Come back later"
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        part = message.get_body(("plain", "html")) or message
        line = json.dumps(
            {
                "sender": envelope.mail_from,
                "recipients": envelope.rcpt_tos,
                "from": str(message["From"] or ""),
                "to": str(message["To"] or ""),
                "subject": str(message["Subject"] or ""),
                "mime_version": str(message["MIME-Version"] or ""),
                "body": part.get_content(),
                "content_type": part.get_content_type(),
                "tls": session.ssl is not None or self.options.tls == "implicit",
                "login": session.auth_data if isinstance(session.auth_data, str) else None,
            }
        )
        with open(self.options.output, "a", encoding="utf-8") as file:
            file.write(line + "\n")
        return "250 2.0.0 Kept"


def authenticator(options):
    def authenticate(server, session, envelope, mechanism, data):
        if mechanism not in ("LOGIN", "PLAIN"):
            return AuthResult(success=False, handled=False)
        name, password = data.login.decode(), data.password.decode()
        right = (name, password) == (options.username, options.password)
        return AuthResult(success=right, handled=right, auth_data=name)

    return authenticate


async def serve(options):
    context = None
    if options.tls != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.certificate, options.key)
    loop = asyncio.get_running_loop()
    handler = Catcher(options)

    def session():
        return SMTP(
            handler,
            hostname="localhost",
            ident="Cognate test mail",
            enable_SMTPUTF8=True,
            loop=loop,
            tls_context=context if options.tls == "starttls" else None,
            require_starttls=options.tls == "starttls",
            authenticator=authenticator(options) if options.username else None,
            auth_required=bool(options.username),
            auth_require_tls=options.tls == "starttls",
        )

    server = await loop.create_server(
        session, host="127.0.0.1", port=options.port,
        ssl=context if options.tls == "implicit" else None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    if options.until_stdin_closes:
        await loop.run_in_executor(None, sys.stdin.read)
        server.close()
    else:
        await asyncio.Event().wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", required=True, help="file that the mails are appended to")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--tls", choices=("none", "starttls", "implicit"), default="none")
    parser.add_argument("--certificate", help="PEM file, for TLS")
    parser.add_argument("--key", help="PEM file, for TLS")
    parser.add_argument("--username", help="demand a login with this name")
    parser.add_argument("--password", help="and this password")
    parser.add_argument("--defer", type=int, default=0, help="answer 451 to the first N messages")
    parser.add_argument("--refuse", help="answer 550 to this recipient")
    parser.add_argument("--until-stdin-closes", action="store_true")
    options = parser.parse_args()
    try:
        asyncio.run(serve(options))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
