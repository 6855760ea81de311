"""TLS as it is: a hub whose certificate nobody vouches for is not spoken to."""

import ipaddress
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.routing import Route

from qundao.kernel.errors import QundaoError
from qundao.node import commands
from support.tiny_hub import TinyHub


def certificate(folder, name):
    """Write a self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    (folder / f"{name}.pem").write_bytes(made.public_bytes(pem))
    (folder / f"{name}.key").write_bytes(key.private_bytes(pem, pkcs8, plain))
    return folder / f"{name}.pem", folder / f"{name}.key"


@pytest.fixture
def hub(tmp_path):
    hub = TinyHub()
    cert, key = certificate(tmp_path, "hub")
    routes = [Route("/node/v1/enrol", hub.enrol, methods=["POST"])]
    config = uvicorn.Config(
        Starlette(routes=routes),
        ssl_certfile=str(cert),
        ssl_keyfile=str(key),
        log_level="critical",
        lifespan="off",
    )
    server = uvicorn.Server(config)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        hub.url = f"https://127.0.0.1:{taken.getsockname()[1]}"
        yield hub, cert
        server.should_exit = server.force_exit = True
        thread.join(10)


def test_an_unknown_certificate_is_refused_before_the_code_is_sent(hub, tmp_path, monkeypatch):
    hub, _ = hub
    seen = []
    hub.before = lambda what, body: seen.append(what)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(QundaoError) as caught:
        commands.init(tmp_path / "n", hub_url=hub.url, code=hub.code)
    assert caught.value.code == "node.hub_unreachable"
    assert "CERTIFICATE_VERIFY_FAILED" in caught.value.problems[0].received
    assert seen == []


def test_a_certificate_that_the_member_vouches_for(hub, tmp_path, monkeypatch):
    hub, cert = hub
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    told = commands.init(tmp_path / "n", hub_url=hub.url, code=hub.code)
    assert hub.nodes[told["node"]]


def test_the_certificate_of_another(hub, tmp_path, monkeypatch):
    hub, _ = hub
    other, _ = certificate(tmp_path, "other")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(QundaoError) as caught:
        commands.init(tmp_path / "n", hub_url=hub.url, code=hub.code)
    assert caught.value.code == "node.hub_unreachable"


def test_plain_http_to_a_tls_port_tells_nothing(hub, tmp_path):
    hub, _ = hub
    plain = hub.url.replace("https", "http")
    with pytest.raises(QundaoError) as caught:
        commands.init(tmp_path / "n", hub_url=plain, code=hub.code)
    assert caught.value.code in ("node.hub_unreachable", "node.hub_answer_malformed")
    assert hub.nodes == {}
