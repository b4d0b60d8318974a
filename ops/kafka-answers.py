#!/usr/bin/env python3
"""Helpers of ops/kafka that bash cannot do well; they start no Java.

kafka-answers.py id                   prints a new cluster id
kafka-answers.py ports N              prints N free ports of 127.0.0.1, one a line
kafka-answers.py wait PORT PID CLUSTER SECS
                                      waits until a broker of that cluster answers on PORT and names itself,
                                      that is, until the controller has let it in; exit 1 when PID ends before
                                      that, exit 2 when SECS are over
kafka-answers.py end PID SECS         waits until the process has ended; exit 2 when SECS are over
"""
import base64
import random
import socket
import struct
import sys
import time
import uuid

# Below the range from which the kernel takes ports of outgoing connections, so that nobody takes
# the port of a broker while it is down between a kill and a restart.
PORTS = range(15000, 32000)
POLL_SECONDS = 0.05


def free_ports(count):
    """Ports that can be bound now; all are held until the last one is found, so they differ."""
    held = []
    try:
        while len(held) < count:
            candidate = socket.socket()
            try:
                candidate.bind(("127.0.0.1", random.choice(PORTS)))
                held.append(candidate)
            except OSError:
                candidate.close()
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def new_cluster_id():
    """A UUID in Kafka's base64 form; one that begins with a dash would look like an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("closed by the broker")
        data += part
    return data


def ports_and_cluster(port):
    """The ports of brokers and the cluster id in the answer to a Metadata request (version 2, no topics)."""
    client = b"subledger-ops"
    body = struct.pack(">hhih", 3, 2, 1, len(client)) + client + struct.pack(">i", 0)
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(struct.pack(">i", len(body)) + body)
        size, = struct.unpack(">i", read_exactly(connection, 4))
        answer = read_exactly(connection, size)
    brokers, = struct.unpack_from(">i", answer, 4)
    at = 8
    ports = []
    for _ in range(brokers):
        _, at = string_at(answer, at + 4)
        ports += struct.unpack_from(">i", answer, at)
        _, at = string_at(answer, at + 4)
    return ports, string_at(answer, at)[0]


def string_at(data, at):
    """A nullable string of Kafka's protocol and the position after it."""
    length, = struct.unpack_from(">h", data, at)
    length = max(length, 0)
    return data[at + 2:at + 2 + length].decode(), at + 2 + length


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for_answer(port, pid, cluster, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not is_running(pid):
            return 1
        try:
            ports, answering = ports_and_cluster(port)
            if port in ports and answering == cluster:
                return 0
        except (OSError, struct.error):
            pass
        time.sleep(POLL_SECONDS)
    return 2


def wait_for_end(pid, seconds):
    end = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() >= end:
            return 2
        time.sleep(POLL_SECONDS)
    return 0


def main(arguments):
    if arguments == ["id"]:
        print(new_cluster_id())
        return 0
    if len(arguments) == 2 and arguments[0] == "ports":
        print("\n".join(str(port) for port in free_ports(int(arguments[1]))))
        return 0
    if len(arguments) == 5 and arguments[0] == "wait":
        return wait_for_answer(int(arguments[1]), int(arguments[2]), arguments[3], float(arguments[4]))
    if len(arguments) == 3 and arguments[0] == "end":
        return wait_for_end(int(arguments[1]), float(arguments[2]))
    print(__doc__, file=sys.stderr)
    return 64


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
