"""Stands between the engine and a broker, reads the header of each request of Kafka's protocol, and does
something to one of them when told to. The broker has a listener for it, whose advertised address is this
one's, so that a client stays with it."""

import asyncio
import contextlib
import dataclasses
import socket
import struct
import threading
import time

API_KEYS = {"Produce": 0, "AddPartitionsToTxn": 24, "AddOffsetsToTxn": 25, "EndTxn": 26,
            "TxnOffsetCommit": 28}
KINDS = ("request cut", "reply cut", "request held", "reply held", "request cut, then delivered")
INTO_THE_NEXT = "request cut, then delivered into the next transaction"  # for EndTxn
NEXT_SECONDS = 10  # in which one is expected
LINGER_SECONDS = 20  # for the reply to a request whose sender is gone


@dataclasses.dataclass
class Fault:
    """What happens once, to the first request of that name that comes."""

    api: str
    kind: str
    seconds: float  # for which it is held, or after which, or after the next one's begin, it is delivered
    begun_ms: float = 0.0
    begun: threading.Event = dataclasses.field(default_factory=threading.Event)
    done: threading.Event = dataclasses.field(default_factory=threading.Event)

    def begin(self):
        self.begun_ms = time.time() * 1000
        self.begun.set()


async def frame(reader):
    """One request or reply, with its length before it."""
    head = await reader.readexactly(4)
    return head + await reader.readexactly(struct.unpack(">i", head)[0])


def transactional_id(end_txn):
    """Of an EndTxn of version 0 or 1, where it follows the client's id."""
    client_id = max(0, struct.unpack_from(">h", end_txn, 12)[0])
    at = 14 + client_id
    return end_txn[at + 2:at + 2 + struct.unpack_from(">h", end_txn, at)[0]]


class Connection:
    """A client's, and the one to the broker that belongs to it."""

    def __init__(self, proxy, client, broker):
        self.proxy = proxy
        self.client_reader, self.client = client
        self.broker_reader, self.broker = broker
        self.marked = {}  # faults that wait for a reply, by its correlation id

    async def run(self):
        ways = [asyncio.ensure_future(self.requests()), asyncio.ensure_future(self.replies())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if not ways[0].done() and self.broker_reader.at_eof():
                ways[0].cancel()
            await asyncio.wait(ways, timeout=LINGER_SECONDS)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for fault in self.marked.values():
                fault.done.set()
            self.cut()

    def cut(self):
        self.client.transport.abort()
        self.broker.transport.abort()

    async def requests(self):
        while True:
            request = await frame(self.client_reader)
            api_key, _, correlation = struct.unpack_from(">hhi", request, 4)
            self.proxy.see(api_key, request)
            fault = self.proxy.take(api_key)
            if fault and not await self.befall(fault, correlation, request):
                return
            self.broker.write(request)
            await self.broker.drain()

    async def befall(self, fault, correlation, request):
        """Whether the request goes on, and others behind it."""
        if fault.kind.startswith("reply"):
            self.marked[correlation] = fault
            return True
        fault.begin()
        try:
            if fault.kind == "request held":
                await asyncio.sleep(fault.seconds)
                # Also where the client is gone by now: what it sent may be under way for long.
                return True
            if fault.kind == "request cut":
                self.cut()
                return False
            self.client.transport.abort()
            if fault.kind == INTO_THE_NEXT:
                await self.proxy.next_transaction(transactional_id(request))
            await asyncio.sleep(fault.seconds)
            self.broker.write(request)
            await self.broker.drain()
            return False
        finally:
            fault.done.set()

    async def replies(self):
        while True:
            reply = await frame(self.broker_reader)
            fault = self.marked.pop(struct.unpack_from(">i", reply, 4)[0], None)
            if fault:
                fault.begin()
                if fault.kind == "reply cut":
                    self.cut()
                    fault.done.set()
                    return
                await asyncio.sleep(fault.seconds)
                fault.done.set()
            if not self.client.transport.is_closing():
                self.client.write(reply)
                await self.client.drain()


class Proxy(threading.Thread):
    """For several brokers: a port each."""

    def __init__(self, count):
        super().__init__(daemon=True)
        self.sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
        self.ports = [each.getsockname()[1] for each in self.sockets]
        self.targets = []  # ports of brokers, in the order of the sockets
        self.loop = asyncio.new_event_loop()
        self.armed = None
        self.expected = {}  # events by transactional id
        self.lock = threading.Lock()

    def forward(self, targets):
        self.targets = targets
        self.start()

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.listen())
        self.loop.run_forever()

    async def listen(self):
        for each, target in zip(self.sockets, self.targets, strict=True):
            await asyncio.start_server(lambda *client, target=target: self.connect(target, client), sock=each)

    async def connect(self, target, client):
        try:
            broker = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            client[1].transport.abort()
            return
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await Connection(self, client, broker).run()

    def arm(self, fault):
        with self.lock:
            self.armed = fault

    def take(self, api_key):
        """The fault that this request is to suffer, once."""
        with self.lock:
            if self.armed is None or API_KEYS[self.armed.api] != api_key:
                return None
            fault, self.armed = self.armed, None
            return fault

    def see(self, api_key, request):
        if api_key == API_KEYS["AddPartitionsToTxn"]:
            for name, begun in self.expected.items():
                if name in request:
                    begun.set()

    async def next_transaction(self, name):
        """One of that name has begun, or none comes."""
        begun = self.expected.setdefault(name, asyncio.Event())
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(begun.wait(), NEXT_SECONDS)
        del self.expected[name]

    def end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
