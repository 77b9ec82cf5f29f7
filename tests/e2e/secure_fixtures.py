# SPDX-License-Identifier: Apache-2.0
"""For modules whose hosts use the secured Kafka: imported, these fixtures take the place of those
of conftest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kafka_view import View
from rights import Account
from secure_kafka import ACCOUNT, SecureKafka


@pytest.fixture(scope="module")
def kafka(kafka, secure: SecureKafka) -> Iterator[View]:
    """Without the first one nobody says why there is no Kafka."""
    view = View(secure.cluster.bootstrap)
    yield view
    view.close()


@pytest.fixture
def bootstrap(secure: SecureKafka) -> str:
    return secure.address


@pytest.fixture
def client(secure: SecureKafka) -> dict[str, str]:
    return secure.client()


@pytest.fixture
def make_account(kafka: View) -> Iterator[Callable[[str, str], Account]]:
    """make_account("name", "password") has no right yet."""
    made: list[Account] = []

    def make(name: str, password: str) -> Account:
        made.append(Account(kafka.bootstrap, name))
        made[-1].let_in(password)
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def account(kafka: View) -> Iterator[Account]:
    made = Account(kafka.bootstrap, ACCOUNT)
    yield made
    made.close()
