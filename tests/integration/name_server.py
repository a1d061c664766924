"""A small name server on ADDRESS:53, UDP and TCP; each question becomes a line of LOG: "udp db.test A".

name_server.py ADDRESS LOG NAME/TYPE=SAYS...    SAYS: addresses, separated by commas, or silent, servfail, refused, nodata.
truncated:SAYS: over UDP cut off, so that it is asked for by TCP. late:SECONDS:SAYS. What no name server says: garbage,
wrong-id, lying-count, pointer-loop, alias-loop. `*` is any name. What is not listed does not exist.
"""
import ipaddress
import os
import select
import socket
import struct
import sys
import threading

ADDRESS, LOG, *RULES = sys.argv[1:]
TYPES = {1: "A", 28: "AAAA"}
CODES = {"servfail": 2, "nxdomain": 3, "refused": 5}
SAYS = dict(rule.split("=", 1) for rule in RULES)


def question_of(message):
    labels, at = [], 12
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode("latin1"))
        at += message[at] + 1
    return ".".join(labels).lower(), TYPES.get(struct.unpack("!H", message[at + 1:at + 3])[0], "?"), at + 5


def record(address):
    packed = ipaddress.ip_address(address).packed
    return b"\xc0\x0c" + struct.pack("!HHIH", {4: 1, 16: 28}[len(packed)], 1, 30, len(packed)) + packed


def nonsense(says, head, question):
    """Messages that are none. An answer's name points to the question's, at 12."""
    one_answer = head[:6] + b"\0\1" + head[8:]
    itself = 0xc000 | len(head + question)
    return {"garbage": os.urandom(200), "wrong-id": bytes([head[0] ^ 1]) + one_answer[1:] + question + record("127.0.0.1"),
            "lying-count": head[:6] + b"\xff\xff" + head[8:] + question,
            "pointer-loop": one_answer + question + struct.pack("!HHHIH", itself, 1, 1, 0, 4) + bytes(4),
            "alias-loop": one_answer + question + b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 30, 2) + b"\xc0\x0c"}.get(says)


def answer(message, transport):
    """What to say, and after how many seconds; None for nothing."""
    name, kind, end = question_of(message)
    with open(LOG, "a", encoding="ascii") as log:
        print(transport, name, kind, file=log)
    says = SAYS.get(f"{name}/{kind}") or SAYS.get(f"*/{kind}") or "nxdomain"
    if says == "nxdomain" and any(rule.startswith(name + "/") for rule in SAYS):
        says = "nodata"
    seconds = 0
    if says.startswith("late:"):
        _, seconds, says = says.split(":", 2)
    cut, says = says.startswith("truncated:") and transport == "udp", says.removeprefix("truncated:")
    if says == "silent" and not cut:
        return None, 0
    has_addresses = says[0].isdigit() or ":" in says
    records = says.split(",") if has_addresses and not cut else []
    flags = 0x8180 | CODES.get(says, 0) | (0x0200 if cut else 0)
    head = message[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
    question = message[12:end]
    return nonsense(says, head, question) or head + question + b"".join(map(record, records)), float(seconds)


def later(seconds, send, *arguments):
    if seconds:
        threading.Timer(seconds, send, arguments).start()
    else:
        send(*arguments)


def exactly(connection, size):
    data = b""
    while len(data) < size and (more := connection.recv(size - len(data))):
        data += more
    return data


family, _, _, _, where = socket.getaddrinfo(ADDRESS, 53, type=socket.SOCK_DGRAM)[0]  # with a scope, if there is one
udp = socket.socket(family, socket.SOCK_DGRAM)
udp.bind(where)
tcp = socket.socket(family)
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
tcp.bind(where)
tcp.listen()
print("up", flush=True)
while True:
    for ready in select.select([udp, tcp], [], [])[0]:
        if ready is udp:
            message, client = udp.recvfrom(4096)
            reply, seconds = answer(message, "udp")
            if reply:
                later(seconds, udp.sendto, reply, client)
            continue
        connection, _ = tcp.accept()
        with connection:
            while len(size := exactly(connection, 2)) == 2:
                reply, _ = answer(exactly(connection, struct.unpack("!H", size)[0]), "tcp")
                if reply:
                    connection.sendall(struct.pack("!H", len(reply)) + reply)
