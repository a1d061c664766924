"""A small name server on ADDRESS:53, UDP and TCP; each question becomes a line of LOG: "udp db.test A".

name_server.py ADDRESS LOG NAME/TYPE=SAYS...    SAYS: an address, or silent, servfail, refused, nodata, truncated:ADDRESS
(over UDP cut off, so that it is asked for by TCP). `*` is any name. What is not listed does not exist.
"""
import ipaddress
import select
import socket
import struct
import sys

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


def answer(message, transport):
    name, kind, end = question_of(message)
    with open(LOG, "a", encoding="ascii") as log:
        print(transport, name, kind, file=log)
    says = SAYS.get(f"{name}/{kind}") or SAYS.get(f"*/{kind}") or "nxdomain"
    if says == "nxdomain" and any(rule.startswith(name + "/") for rule in SAYS):
        says = "nodata"
    if says == "silent":
        return None
    cut, says = says.startswith("truncated:"), says.removeprefix("truncated:")
    record = b""
    if says not in CODES and says != "nodata" and not (cut and transport == "udp"):
        packed = ipaddress.ip_address(says).packed
        number = {4: 1, 16: 28}[len(packed)]
        record = b"\xc0\x0c" + struct.pack("!HHIH", number, 1, 30, len(packed)) + packed
    flags = 0x8180 | CODES.get(says, 0) | (0x0200 if cut and transport == "udp" else 0)
    head = message[:2] + struct.pack("!HHHHH", flags, 1, 1 if record else 0, 0, 0)
    return head + message[12:end] + record


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
            reply = answer(message, "udp")
            if reply:
                udp.sendto(reply, client)
            continue
        connection, _ = tcp.accept()
        with connection:
            while len(size := exactly(connection, 2)) == 2:
                reply = answer(exactly(connection, struct.unpack("!H", size)[0]), "tcp")
                if reply:
                    connection.sendall(struct.pack("!H", len(reply)) + reply)
