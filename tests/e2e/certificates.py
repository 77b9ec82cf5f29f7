# SPDX-License-Identifier: Apache-2.0
"""Certificates for a broker on loopback, made by openssl: an authority, and a key store signed by
it."""

from __future__ import annotations

import subprocess
from pathlib import Path

from kafka_process import KafkaUnavailable
from ports import LOOPBACK

NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")


def openssl(folder: Path, *arguments: str) -> None:
    try:
        subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True)
    except FileNotFoundError as problem:
        raise KafkaUnavailable("no openssl on PATH: run ./dev setup") from problem


def make_authority(folder: Path, name: str) -> Path:
    """An authority of its own; its certificate, for clients."""
    path = folder / f"{name}.pem"
    subject = ("-subj", f"/CN=tidegate test authority {name}", "-days", "2")
    openssl(folder, "req", "-x509", *NEW_KEY, *subject, "-keyout", f"{name}.key", "-out", path.name)
    return path


def make_key_store(folder: Path, authority: Path) -> Path:
    """A broker's key and its certificate in one file of PEM. REQUIRES: the authority's key lies
    beside its certificate, as make_authority left it."""
    to = ("-keyout", "broker.key", "-out", "broker.csr")
    openssl(folder, "req", *NEW_KEY, "-subj", "/CN=broker", *to)
    (folder / "broker.ext").write_text(f"subjectAltName=IP:{LOOPBACK}\n")
    by = ("-CA", str(authority), "-CAkey", str(authority.with_suffix(".key")), "-CAcreateserial")
    how = ("-days", "2", "-extfile", "broker.ext", "-out", "broker.pem")
    openssl(folder, "x509", "-req", "-in", "broker.csr", *by, *how)
    store = folder / "broker-store.pem"
    store.write_text((folder / "broker.key").read_text() + (folder / "broker.pem").read_text())
    return store
