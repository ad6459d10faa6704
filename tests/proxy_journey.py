"""The part of tests/journeys that is about an authenticating proxy: Debian's Apache with mod_auth_openidc.

The proxy lets nobody through to the application behind it who has not signed in at the domain, and tells the
application who it is. Run by itself, it prints the programs, or says what is missing.
"""

import contextlib
import http.server
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import journey_domain

CLIENT = Path(__file__).resolve().parent / "clients/oauth/through_proxy.py"
MODULES = Path("/usr/lib/apache2/modules")
NEEDED = (
    "mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc", "proxy", "proxy_http",
)
START_SECONDS = 20


class NotInstalled(Exception):
    """This machine lacks what the journey needs; says what."""


class NotStarted(Exception):
    """The proxy did not start; says why."""


def installed():
    """Apache."""
    program = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
    missing = [name for name in NEEDED if not (MODULES / f"mod_{name}.so").exists()]
    if not program or missing:
        raise NotInstalled(
            "there is no Apache with mod_auth_openidc on this machine: install it, on Debian with "
            "`apt-get install apache2-bin libapache2-mod-auth-openidc`"
        )
    return program


def configuration(directory, server, given):
    """As the module's guide has it, with every check on."""
    lines = [f'LoadModule {name}_module "{MODULES}/mod_{name}.so"' for name in NEEDED]
    if os.getuid() == 0:
        # Those that answer requests are not root, who starts them.
        lines += ["User www-data", "Group www-data"]
    application = given["application"]
    lines += [
        f'ServerRoot "{directory}"',
        f'DefaultRuntimeDir "{directory}"',
        f'PidFile "{directory}/apache.pid"',
        f'ErrorLog "{directory}/error.log"',
        "LogLevel warn auth_openidc:info",
        "ServerName localhost",
        f"Listen 127.0.0.1:{given['proxyPort']}",
        # A few, as one browser needs no more.
        "StartServers 1", "ServerLimit 1", "ThreadsPerChild 8", "MaxRequestWorkers 8", "MinSpareThreads 1",
        f"OIDCProviderMetadataURL {given['issuer']}/.well-known/openid-configuration",
        f"OIDCClientID {given['client']['clientId']}",
        f"OIDCClientSecret {given['client']['clientSecret']}",
        f"OIDCRedirectURI {given['callback']}",
        "OIDCCryptoPassphrase of-this-journey",
        'OIDCScope "openid email profile"',
        "OIDCPKCEMethod S256",
        "OIDCRemoteUserClaim cognito:username",
        "OIDCSSLValidateServer On",
        f'OIDCCABundlePath "{directory}/certificate.pem"',
        f"ProxyPass / {application}/",
        # What the provider says is under these names, whatever a request says.
        "<Location />", "AuthType openid-connect", "Require valid-user", "</Location>",
        "<Location /editors>", "Require claim cognito:groups:editors", "</Location>",
        "<Location /bye>", "AuthType None", "Require all granted", "</Location>",
    ]
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def application():
    """What is behind the proxy: it answers with the path and the headers that it has got."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            text = json.dumps({"path": self.path, "headers": dict(self.headers)}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

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
def proxy(server, given, directory):
    """Apache, in the foreground, with a folder of its own."""
    place = directory / "proxy"
    place.mkdir()
    # The folder of the journey is for its owner alone, and the one who answers requests is another.
    directory.chmod(0o711)
    shutil.copyfile(server.certificate, place / "certificate.pem")
    file = place / "apache.conf"
    file.write_text(configuration(place, server, given))
    process = subprocess.Popen(
        [installed(), "-D", "FOREGROUND", "-f", file], stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not answers(f"{given['address']}bye"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotStarted(f"Apache did not start\n{log(place)}")
            time.sleep(0.05)
        yield
    except Exception:
        print(f"--- Apache's log ends:\n{log(place)}\n---", flush=True)
        raise
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def log(place):
    with contextlib.suppress(OSError):
        return (place / "error.log").read_text(errors="replace")[-4000:]
    return ""


def pool(server, idp, address):
    """A pool with somebody who may see everything and somebody who may not."""
    pool_id = idp.create_user_pool(PoolName="proxy")["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=pool_id, Domain="staff")
    idp.create_group(UserPoolId=pool_id, GroupName="editors")
    users = {
        name: journey_domain.user(
            idp, pool_id, name, email=f"{name}@example.com", email_verified="true", name=f"{name} of Staff",
        )
        for name in ("ada", "bob")
    }
    idp.admin_add_user_to_group(UserPoolId=pool_id, Username="ada", GroupName="editors")
    callback = f"{address}callback"
    client = journey_domain.client(
        idp, pool_id, "proxy", GenerateSecret=True, AllowedOAuthScopes=["openid", "email", "profile"],
        CallbackURLs=[callback], LogoutURLs=[f"{address}bye"],
    )
    return {
        **journey_domain.at_domain(server, "staff", pool_id), **users,
        "client": client, "callback": callback,
    }


@contextlib.contextmanager
def running(server, idp, directory, port):
    """The proxy and what is behind it; yields what the journey's program is told of them."""
    address = f"http://localhost:{port}/"
    with application() as behind:
        given = {
            **pool(server, idp, address),
            "address": address, "proxyPort": port, "application": behind,
        }
        with proxy(server, given, directory):
            yield given


if __name__ == "__main__":
    try:
        print(installed())
    except NotInstalled as error:
        sys.exit(str(error))
