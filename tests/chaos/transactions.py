"""Which transactions are open, asked of the broker in Kafka's own protocol, since no tool answers fast enough
to kill a process inside of one."""

import socket
import struct

LIST_TRANSACTIONS = 66
CLIENT = b"chaos"


def open_ids(host, port):
    """Transactional ids, as a single broker that coordinates them all sees them."""
    header = struct.pack(">hhih", LIST_TRANSACTIONS, 0, 1, len(CLIENT)) + CLIENT + b"\0"
    body = b"\x02" + compact(b"Ongoing") + b"\x01" + b"\0"  # states; any producer id; no tagged fields
    with socket.create_connection((host, port), timeout=10) as broker:
        broker.sendall(struct.pack(">i", len(header + body)) + header + body)
        (size,) = struct.unpack(">i", receive(broker, 4))
        return parse(receive(broker, size))


def compact(text):
    return bytes([len(text) + 1]) + text


def receive(broker, size):
    data = b""
    while len(data) < size:
        more = broker.recv(size - len(data))
        if not more:
            raise OSError("the broker ended the connection")
        data += more
    return data


def parse(answer):
    error, at = struct.unpack_from(">h", answer, 9)[0], 11  # correlation, tagged fields, throttle before it
    if error:
        raise OSError(f"the broker answers with error {error}")
    unknown_states, at = varint(answer, at)
    assert unknown_states == 1, "the broker does not know the state"
    count, at = varint(answer, at)
    ids = []
    for _ in range(count - 1):
        length, at = varint(answer, at)
        ids.append(answer[at:at + length - 1].decode())
        at += length - 1 + 8  # the producer's id
        length, at = varint(answer, at)
        at += length  # the state, and no tagged fields
    return ids


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return value, at
