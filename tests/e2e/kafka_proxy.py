# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy in front of one Kafka listener, which breaks what a network breaks.

It knows Kafka's framing and no more: it can hold one request or answer of a chosen kind while the
rest goes on, and for all of its connections it can delay, throttle, stall (half-open), cut, refuse.

Kafka tells clients the address that they are to use, so the node needs a listener whose advertised
port is the proxy's:

    proxy = KafkaProxy()
    cluster = KafkaCluster(directory, behind={"PROXIED": proxy.ports})
    # clients whose bootstrap address is proxy.bootstrap stay behind it

Thread rule: an event loop on a thread of its own moves the bytes; all public methods may be called
from any other thread.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from typing import NamedTuple

from ports import LOOPBACK, free_port
from waiting import DEFAULT_DEADLINE_SECONDS, wait_until

PRODUCE, INIT_PRODUCER_ID, END_TXN = 0, 22, 26
WAYS = ("request", "answer")
CHUNK_BYTES = 64 * 1024
HEAD_BYTES = 512  # enough for the ids in a header, and for the beginning of a body
QUEUED_CHUNKS = 64


class Frame(NamedTuple):
    """A request, by its header; an answer is known by the request that it belongs to."""

    connection: int
    api_key: int
    api_version: int
    correlation_id: int
    head: bytes  # how the request begins, behind its length

    @property
    def request_body(self) -> bytes:
        """Behind a request's header of version 1 (2 is the same, with a byte of tags)."""
        (length,) = struct.unpack_from(">h", self.head, 8)
        return self.head[10 + max(length, 0) :]


class Hold:
    """The next request (or answer) of one kind, kept back until it is released, with all that
    follows it on its way in its connection: TCP keeps order. A held request reaches the broker even
    when its client has hung up meanwhile."""

    def __init__(self, proxy: KafkaProxy, api_key: int, matches: Callable[[Frame], bool]) -> None:
        self.api_key = api_key
        self.matches = matches
        self.frame: Frame | None = None
        self.answer: bytes | None = None  # to a held request: how it begins, correlation id first
        self._proxy = proxy
        self._released = asyncio.Event()

    def wait_caught(self, deadline: float = DEFAULT_DEADLINE_SECONDS) -> Frame:
        return wait_until(
            f"a frame of API {self.api_key} is held", lambda: self.frame, deadline
        )

    def wait_answer(self, deadline: float = DEFAULT_DEADLINE_SECONDS) -> bytes:
        return wait_until(
            f"the broker answers the held request of API {self.api_key}",
            lambda: self.answer,
            deadline,
        )

    def cut_client(self) -> None:
        """The client sees its connection end, the broker does not."""
        self._proxy.run(self._proxy.cut_client, self.frame.connection)

    def release(self) -> None:
        self._proxy.run(self._released.set)

    async def keep(self, frame: Frame) -> None:
        self.frame = frame
        await self._released.wait()


class _Connection:
    def __init__(self, number: int, client: asyncio.StreamWriter, broker: asyncio.StreamWriter):
        self.number = number
        self.client = client
        self.broker = broker
        self.asked: dict[int, Frame] = {}  # by correlation id


class KafkaProxy:
    def __init__(self) -> None:
        self.port = free_port()  # what clients connect to
        self.broker_port = free_port()  # where the node listens for what comes through here
        self.delay_seconds = 0.0  # one way, for all that is read from now on
        self.bytes_per_second = 0.0  # of one direction of a connection; 0: no limit
        self.requests: Counter[int] = Counter()  # passed on to the broker, by API key
        self._refuse = False
        self._holds: dict[str, list[Hold]] = {way: [] for way in WAYS}
        self._open: dict[int, _Connection] = {}
        self._accepted = 0
        self._tasks: set[asyncio.Task] = set()
        self._loop = asyncio.new_event_loop()
        self._flows = {way: asyncio.Event() for way in WAYS}
        self.flow()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kafka-proxy")
        self._thread.start()
        self._server = self._wait(asyncio.start_server(self._accept, LOOPBACK, self.port))

    @property
    def ports(self) -> tuple[int, int]:
        """Of a listener behind this proxy: where the node listens, and what it tells clients."""
        return (self.broker_port, self.port)

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    # Faults

    def hold_request(self, api_key: int, matches: Callable[[Frame], bool] = lambda _: True) -> Hold:
        return self._hold("request", api_key, matches)

    def hold_answer(self, api_key: int, matches: Callable[[Frame], bool] = lambda _: True) -> Hold:
        return self._hold("answer", api_key, matches)

    def stall(self, ways: Iterable[str] = WAYS) -> None:
        """Half-open: connections stay, and nothing gets through, in one direction or both."""
        for way in ways:
            self.run(self._flows[way].clear)

    def flow(self) -> None:
        for way in WAYS:
            self.run(self._flows[way].set)

    def cut(self) -> None:
        """Every connection is reset; new ones are welcome."""
        self.run(self._cut_all)

    def refuse(self) -> None:
        """New connections are reset, old ones go on."""
        self._refuse = True

    def welcome(self) -> None:
        self._refuse = False

    def close(self) -> None:
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # The rest is the loop's, but for run and _wait.

    def run(self, call: Callable[..., object], *arguments: object) -> None:
        self._loop.call_soon_threadsafe(call, *arguments)

    def _wait(self, work: Coroutine):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(DEFAULT_DEADLINE_SECONDS)

    def _hold(self, way: str, api_key: int, matches: Callable[[Frame], bool]) -> Hold:
        hold = Hold(self, api_key, matches)
        self.run(self._holds[way].append, hold)
        return hold

    def _known(self, task: asyncio.Task) -> asyncio.Task:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def cut_client(self, number: int) -> None:
        if number in self._open:
            reset(self._open[number].client)

    def _cut_all(self) -> None:
        for connection in self._open.values():
            reset(connection.client)
            reset(connection.broker)

    async def _stop(self) -> None:
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._cut_all()

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self._known(asyncio.current_task())
        try:
            if self._refuse:
                raise ConnectionRefusedError
            from_broker, broker = await asyncio.open_connection(LOOPBACK, self.broker_port)
        except OSError:
            reset(client)
            return
        self._accepted += 1
        connection = _Connection(self._accepted, client, broker)
        self._open[connection.number] = connection
        try:
            await asyncio.gather(
                self._pump(connection, "request", reader, broker),
                self._pump(connection, "answer", from_broker, client),
            )
        finally:
            del self._open[connection.number]
            for end in (client, broker):
                end.close()

    async def _pump(self, connection, way: str, reader, writer) -> None:
        """One direction, frame by frame, to its end; then the other side is told of the end."""
        queue: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue(QUEUED_CHUNKS)
        out = self._known(asyncio.ensure_future(self._write(queue, way, writer)))
        try:
            while True:
                length = await reader.readexactly(4)
                (left,) = struct.unpack(">i", length)
                head = await reader.readexactly(min(left, HEAD_BYTES))
                await self._keep_back(connection, way, head)
                await self._queue(queue, length + head)
                left -= len(head)
                while left > 0:
                    chunk = await reader.readexactly(min(left, CHUNK_BYTES))
                    await self._queue(queue, chunk)
                    left -= len(chunk)
        except (asyncio.IncompleteReadError, OSError):
            pass
        await queue.put(None)
        await out

    async def _queue(self, queue, data: bytes) -> None:
        await queue.put((self._loop.time() + self.delay_seconds, data))

    async def _keep_back(self, connection: _Connection, way: str, head: bytes) -> None:
        if way == "request":
            frame = Frame(connection.number, *struct.unpack_from(">hhi", head), head)
            connection.asked[frame.correlation_id] = frame
        else:
            (correlation_id,) = struct.unpack_from(">i", head)
            frame = connection.asked.pop(correlation_id)
            for hold in self._holds["request"]:
                if hold.frame == frame:
                    hold.answer = head
        for hold in self._holds[way]:
            if hold.frame is None and hold.api_key == frame.api_key and hold.matches(frame):
                await hold.keep(frame)
                break
        if way == "request":
            self.requests[frame.api_key] += 1

    async def _write(self, queue, way: str, writer: asyncio.StreamWriter) -> None:
        """What comes when its time has come; to a side that is gone, into the void."""
        while (entry := await queue.get()) is not None:
            due, data = entry
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            await self._flows[way].wait()
            if self.bytes_per_second > 0:
                await asyncio.sleep(len(data) / self.bytes_per_second)
            try:
                writer.write(data)
                await writer.drain()
            except OSError:
                pass
        try:
            writer.write_eof()
        except (OSError, RuntimeError):
            pass


def reset(writer: asyncio.StreamWriter) -> None:
    """The other side reads "connection reset", and no more."""
    end = writer.get_extra_info("socket")
    if end is not None and end.fileno() >= 0:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
