"""One question over HTTP ends in time on every road: TLS, a proxy, a slow name server."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer

from campaign_app.gateways.bounded import BoundedClient, Reply, Unanswered


def client(budget: float = 4) -> BoundedClient:
    return BoundedClient("test", budget=budget, limit=1000)


def self_signed(folder: Path) -> Path:
    """A certificate and key for 127.0.0.1 in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = self_signed(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    return path


@contextlib.contextmanager
def secure_server(certificate: Path, *pieces: bytes) -> Iterator[tuple[str, threading.Event]]:
    """A server that sends its pieces 20 ms apart, the last one for ever; and whether we hung up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    hung_up = threading.Event()

    def serve(listener: socket.socket) -> None:
        accepted, _ = listener.accept()
        try:
            with context.wrap_socket(accepted, server_side=True) as connection:
                connection.recv(4096)
                for piece in pieces:
                    connection.sendall(piece)
                while True:
                    time.sleep(0.02)
                    connection.sendall(pieces[-1])
        except OSError:
            hung_up.set()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", hung_up
        thread.join(5)


def test_a_reply_comes_over_tls(certificate: Path) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    with secure_server(certificate, reply) as (url, _):
        assert client().ask(url) == Reply(200, b"ok")


def test_a_reply_that_drips_over_tls_is_cut_too(certificate: Path) -> None:
    with secure_server(certificate, b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x") as (url, hung_up):
        begin = time.monotonic()
        with pytest.raises(Unanswered):
            client(budget=0.4).ask(url)

        assert time.monotonic() - begin < 2
        assert hung_up.wait(2)


def test_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")

    with secure_server(certificate, b"never") as (url, _), pytest.raises(Unanswered):
        client(budget=0.5).ask(url)


def test_a_proxy_named_in_the_environment_is_used(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", httpserver.url_for(""))
    httpserver.expect_request("/postcodes/X").respond_with_data("by proxy")

    assert client().ask("http://places.invalid/postcodes/X").body == b"by proxy"


def test_a_connection_that_comes_too_late_is_not_used(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, resolved = socket.getaddrinfo, threading.Event()

    def slow(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - it stands in for C code.
        time.sleep(0.4)
        resolved.set()
        return resolve(*args, **options)

    url = httpserver.url_for("/late")
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(Unanswered):
        client(budget=0.2).ask(url)
    resolved.wait(2)
    time.sleep(0.2)

    assert httpserver.log == []


def test_a_question_whose_turn_comes_too_late_is_not_asked(httpserver: HTTPServer) -> None:
    visitor = threading.current_thread()

    def clock() -> float:
        return 0 if threading.current_thread() is visitor else 5

    late = BoundedClient("test", budget=4, limit=1000, clock=clock)
    with pytest.raises(Unanswered):
        late.ask(httpserver.url_for("/late"))

    assert httpserver.log == []


def test_a_time_out_is_not_tried_again() -> None:
    visitor = threading.current_thread()

    def clock() -> float:
        # Whoever asks has 0.2 seconds, so that the wait ends by itself and is not cut.
        return 0 if threading.current_thread() is visitor else 3.8

    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(0.1)
        patient = BoundedClient("test", budget=4, limit=1000, clock=clock)
        with pytest.raises(Unanswered):
            patient.ask(f"http://127.0.0.1:{silent.getsockname()[1]}/")

        silent.accept()[0].close()
        with pytest.raises(TimeoutError):
            silent.accept()


def test_a_compressed_reply_is_left_as_it_is(httpserver: HTTPServer) -> None:
    headers = {"Content-Encoding": "gzip"}
    httpserver.expect_request("/").respond_with_data(b"\x1f\x8bbomb", headers=headers)

    assert client().ask(httpserver.url_for("/")).body == b"\x1f\x8bbomb"
