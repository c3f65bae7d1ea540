"""Debian's nginx with the configuration that `deploy/` shows, on free ports, under TLS and HTTP/2.

The file is taken as it stands. What is changed is only what a test machine has not: the ports, the
certificate, the names (those under `.localhost` lead to this machine in every browser).
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[1]
ARCHIVE, INTRANET = "archive.localhost", "intranet.localhost"

_AROUND = """
daemon off; pid {home}/pid; error_log {home}/errors; worker_processes 1; {user}
events {{ worker_connections 256; }}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi; uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    access_log off;
{site}
    server {{
        listen 127.0.0.1:{secure} ssl http2;
        server_name {intranet};
        ssl_certificate {home}/cert.pem; ssl_certificate_key {home}/key.pem;
        root {home}/intranet;
        add_header Content-Security-Policy "default-src 'none'; {csp}" always;
    }}
}}
"""


class Proxied(NamedTuple):
    """Where nginx answers."""

    plain: str
    """`http://…/`, which leads to `https://…/`."""
    archive: str
    """`https://…/quoth/`."""
    intranet: str
    """`https://…/`, another site; it serves what lies in `pages`."""
    pages: Path


def program(name: str) -> str:
    """Return where a program is; skip the test, or fail it where everything is required."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found:
        return found
    if os.environ.get("QUOTH_REQUIRE_BROWSER") == "1":
        pytest.fail(f"no {name} found")
    pytest.skip(f"no {name} found")


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on just now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _certificate(home: Path) -> None:
    """Make a key and a certificate that signs itself, for both names."""
    subprocess.run(
        [
            program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-keyout", str(home / "key.pem"), "-out", str(home / "cert.pem"),
            "-subj", f"/CN={ARCHIVE}", "-addext", f"subjectAltName=DNS:{ARCHIVE},DNS:{INTRANET}",
        ],
        check=True, capture_output=True,
    )  # fmt: skip


def _site(home: Path, quoth: str, plain: int, secure: int) -> str:
    """Return `deploy/nginx.conf` for these ports and names."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    text = "\n".join(line for line in text.splitlines() if "listen [::]" not in line)
    for old, new in {
        "127.0.0.1:7860": urlsplit(quoth).netloc,
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "archive.example;": f"{ARCHIVE};",
        "/etc/nginx/tls/archive.example.pem": f"{home}/cert.pem",
        "/etc/nginx/tls/archive.example.key": f"{home}/key.pem",
        # On the usual ports, addresses have none.
        "https://$host$request_uri": f"https://$host:{secure}$request_uri",
        "return 301 /quoth/;": f"return 301 https://$host:{secure}/quoth/;",
        " $host;": f" $host:{secure};",
    }.items():
        assert old in text, f"{old} is not in deploy/nginx.conf"
        text = text.replace(old, new)
    return text


@contextmanager
def proxied(home: Path, quoth: str, plain: int, secure: int) -> Iterator[Proxied]:
    """Run nginx on these ports before the server at the address `quoth`."""
    nginx = program("nginx")
    archive = f"https://{ARCHIVE}:{secure}"
    _certificate(home)
    (home / "intranet").mkdir()
    config = _AROUND.format(
        home=home,
        site=_site(home, quoth, plain, secure),
        secure=secure,
        intranet=INTRANET,
        csp=f"script-src {archive}; frame-src {archive}",
        user="user root;" if os.geteuid() == 0 else "",
    )
    (home / "nginx.conf").write_text(config)
    server = subprocess.Popen(
        [nginx, "-p", str(home), "-c", str(home / "nginx.conf")], stderr=subprocess.PIPE
    )
    try:
        _wait_for(secure, server)
        yield Proxied(
            f"http://{ARCHIVE}:{plain}/", f"{archive}/quoth/",
            f"https://{INTRANET}:{secure}/", home / "intranet",
        )  # fmt: skip
    finally:
        server.terminate()
        server.communicate(timeout=10)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if server.poll() is not None:
                said = server.communicate()[1].decode()
                raise RuntimeError(f"nginx did not start: {said}") from None
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return
