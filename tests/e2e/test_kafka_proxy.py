# SPDX-License-Identifier: Apache-2.0
"""The proxy does to connections what its tests believe it does. No Kafka: a broker of twenty lines
that answers each request with its own header."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import struct
import threading
import time

import pytest

from kafka_proxy import END_TXN, PRODUCE, WAYS, KafkaProxy
from ports import LOOPBACK
from waiting import wait_until

SECONDS = 10


class Broker(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int) -> None:
        self.got: list[bytes] = []
        super().__init__((LOOPBACK, port), Answering)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}).start()


class Answering(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        # A client that has hung up does not read its answer, but all that it asked is read.
        while length := self._read(4):
            frame = self._read(*struct.unpack(">i", length))
            self.server.got.append(frame)
            answer = frame[4:8] + frame
            with contextlib.suppress(OSError):
                self.wfile.write(struct.pack(">i", len(answer)) + answer)

    def _read(self, size: int) -> bytes:
        try:
            return self.rfile.read(size)
        except OSError:
            return b""


class Client:
    def __init__(self, proxy: KafkaProxy) -> None:
        self._socket = socket.create_connection((LOOPBACK, proxy.port), SECONDS)
        self._stream = self._socket.makefile("rb")

    def ask(self, api_key: int, correlation_id: int, body: bytes = b"") -> None:
        frame = struct.pack(">hhih", api_key, 1, correlation_id, 2) + b"me" + body
        self._socket.sendall(struct.pack(">i", len(frame)) + frame)

    def answer(self) -> int:
        """The correlation id of the next answer."""
        (length,) = struct.unpack(">i", self._stream.read(4))
        return struct.unpack_from(">i", self._stream.read(length))[0]

    def is_silent_for(self, seconds: float) -> bool:
        return not select.select([self._socket], [], [], seconds)[0]

    def hang_up(self) -> None:
        self._stream.close()
        self._socket.close()


@pytest.fixture
def proxy():
    proxy = KafkaProxy()
    yield proxy
    proxy.close()


@pytest.fixture
def broker(proxy):
    broker = Broker(proxy.broker_port)
    yield broker
    broker.shutdown()
    broker.server_close()


def test_a_held_request_reaches_the_broker_after_its_client_has_hung_up(proxy, broker):
    hold = proxy.hold_request(END_TXN, lambda frame: frame.request_body == b"this one")
    client = Client(proxy)
    for correlation_id, body in enumerate((b"not this one", b"this one")):
        client.ask(END_TXN, correlation_id, body)
    assert client.answer() == 0
    assert hold.wait_caught(SECONDS).correlation_id == 1
    client.hang_up()
    assert len(broker.got) == 1
    hold.release()
    assert hold.wait_answer(SECONDS)[:4] == struct.pack(">i", 1)
    assert broker.got[1].endswith(b"this one")


def test_what_is_held_holds_up_its_own_connection_only(proxy, broker):
    hold = proxy.hold_answer(PRODUCE)
    held, other = Client(proxy), Client(proxy)
    held.ask(PRODUCE, 1)
    held.ask(END_TXN, 2)
    hold.wait_caught(SECONDS)
    other.ask(PRODUCE, 3)
    assert other.answer() == 3
    wait_until("the broker has all requests", lambda: len(broker.got) == 3, SECONDS)
    hold.release()
    assert [held.answer(), held.answer()] == [1, 2]
    assert proxy.requests == {PRODUCE: 2, END_TXN: 1}


def test_a_cut_client_sees_the_end_and_its_held_request_goes_on(proxy, broker):
    hold = proxy.hold_request(END_TXN)
    client = Client(proxy)
    client.ask(END_TXN, 1)
    hold.wait_caught(SECONDS)
    hold.cut_client()
    with pytest.raises((ConnectionResetError, struct.error)):
        client.answer()
    hold.release()
    assert hold.wait_answer(SECONDS)


def test_all_connections_can_be_cut_and_new_ones_refused(proxy, broker):
    client = Client(proxy)
    client.ask(PRODUCE, 1)
    assert client.answer() == 1
    proxy.refuse()
    with pytest.raises((ConnectionResetError, struct.error)):
        refused = Client(proxy)
        refused.ask(PRODUCE, 2)
        refused.answer()
    proxy.welcome()
    proxy.cut()
    with pytest.raises((OSError, struct.error)):
        client.ask(PRODUCE, 3)
        client.answer()
    again = Client(proxy)
    again.ask(PRODUCE, 4)
    assert again.answer() == 4


@pytest.mark.parametrize("way", WAYS)
def test_a_stalled_direction_stays_open_and_passes_nothing(proxy, broker, way):
    client = Client(proxy)
    client.ask(PRODUCE, 1)
    assert client.answer() == 1
    proxy.stall([way])
    client.ask(PRODUCE, 2)
    if way == "answer":
        wait_until("the broker has it", lambda: len(broker.got) == 2, SECONDS)
    assert client.is_silent_for(0.2)
    assert len(broker.got) == (1 if way == "request" else 2)
    proxy.flow()
    assert client.answer() == 2


@pytest.mark.parametrize("fault", ["delay", "throttle"])
def test_delay_and_throttle_take_their_time_and_lose_nothing(proxy, broker, fault):
    if fault == "delay":
        proxy.delay_seconds = 0.1
    else:
        proxy.bytes_per_second = 4_000_000
    client = Client(proxy)
    begun = time.monotonic()
    for correlation_id in range(5):
        client.ask(PRODUCE, correlation_id, bytes(200_000))
    assert [client.answer() for _ in range(5)] == list(range(5))
    # A delay is latency, not a queue: five in a row are as late as one, once there and once back.
    assert 0.2 <= time.monotonic() - begun < (0.6 if fault == "delay" else SECONDS)
