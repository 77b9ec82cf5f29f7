# SPDX-License-Identifier: Apache-2.0
"""The Rust crate passes its own tests, says nothing to clippy, and is formatted."""

from __future__ import annotations

import re
import shutil

import pytest
from conftest import ROOT, cargo, need, run
from contract import HEADER

FOLDERS = ["rust", "examples/rust"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of the SDK: cargo writes beside what it builds."""
    return shutil.copytree(ROOT / "plugin-sdk", tmp_path_factory.mktemp("tree") / "plugin-sdk",
                           ignore=shutil.ignore_patterns("target", "Cargo.lock"))


def test_crate_passes_its_tests(tree):
    """Layout against the golden file, answers, panics, batches, a host that is gone, the examples of its pages."""
    done = cargo("test", project=tree / "rust")
    assert "structs_lie_as_the_contract_says ... ok" in done.stdout
    assert "Doc-tests tidegate_plugin" in done.stdout + done.stderr


@pytest.mark.parametrize("folder", FOLDERS)
def test_clippy_has_nothing_to_say(folder, tree):
    need("cargo-clippy")
    cargo("clippy", "--all-targets", "--", "-D", "warnings", project=tree / folder)


@pytest.mark.parametrize("folder", [*FOLDERS, "template/rust"])
def test_sources_are_formatted(folder, tree):
    need("rustfmt")
    run("rustfmt", "--edition", "2021", "--config", "max_width=100", "--check",
        *sorted((tree / folder).rglob("*.rs")))


def test_crate_is_of_todays_minor():
    text = HEADER.read_text()
    major, minor = (re.search(rf"^#define TIDEGATE_ABI_{part} (\d+)", text, re.M)[1] for part in ("MAJOR", "MINOR"))
    folder = ROOT / "plugin-sdk" / "rust"
    for file, expected in [("src/lib.rs", f'"abi={major}.{minor}\\nneeds=0'), ("Cargo.toml", f'version = "{major}.{minor}.'),
                           ("src/raw.rs", f"ABI_MINOR: u32 = {minor};"), ("tests/layout.rs", f"abi/{major}.{minor}/")]:
        assert expected in (folder / file).read_text(), file


def test_crate_needs_no_other():
    manifest = (ROOT / "plugin-sdk" / "rust" / "Cargo.toml").read_text()
    assert "dependencies]" not in manifest
