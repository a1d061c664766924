"""A web server and a browser's worth of clients for clients_test.cpp: many connections that are kept alive, each
with many requests, and websockets beside them.

browser.py serve PORT
browser.py browse PORT [SOCKS_PORT]    through SOCKS 5 with the name "localhost"; prints "ok" and what was done
"""
import asyncio
import base64
import hashlib
import os
import struct
import sys

CONNECTIONS = 24
REQUESTS = 30
WEBSOCKETS = 6
MESSAGES = 60
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


def body_of(size):
    return hashlib.sha256(str(size).encode()).digest() * (size // 32) + b"." * (size % 32)


def accept_of(key):
    return base64.b64encode(hashlib.sha1(key + MAGIC).digest())


async def read_head(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].split(b"\r\n")
    return first, {name.lower(): value for name, value in (line.split(b": ", 1) for line in lines)}


def frame(payload, mask):
    size = len(payload)
    length = bytes([size]) if size < 126 else b"\x7e" + struct.pack("!H", size) if size < 65536 else b"\x7f" + struct.pack("!Q", size)
    if not mask:
        return b"\x82" + length + payload
    key = os.urandom(4)
    hidden = bytes(b ^ key[i % 4] for i, b in enumerate(payload))
    return b"\x82" + bytes([length[0] | 0x80]) + length[1:] + key + hidden


async def read_frame(reader):
    _, length = await reader.readexactly(2)
    size = length & 0x7F
    if size == 126:
        size = struct.unpack("!H", await reader.readexactly(2))[0]
    elif size == 127:
        size = struct.unpack("!Q", await reader.readexactly(8))[0]
    key = await reader.readexactly(4) if length & 0x80 else bytes(4)
    payload = await reader.readexactly(size)
    return bytes(b ^ key[i % 4] for i, b in enumerate(payload))


async def serve_one(reader, writer):
    try:
        while True:
            first, headers = await read_head(reader)
            if headers.get(b"upgrade") == b"websocket":
                accept = accept_of(headers[b"sec-websocket-key"])
                writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n")
                while True:
                    writer.write(frame(await read_frame(reader), mask=False))
                    await writer.drain()
            body = body_of(int(first.split()[1][1:]))
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def connect(port, socks):
    if not socks:
        return await asyncio.open_connection("127.0.0.1", port)
    reader, writer = await asyncio.open_connection("127.0.0.1", socks)
    writer.write(b"\5\1\0")
    assert await reader.readexactly(2) == b"\5\0"
    writer.write(b"\5\1\0\3\x09localhost" + struct.pack("!H", port))
    assert await reader.readexactly(10) == b"\5\0\0\1" + bytes(6)
    return reader, writer


async def get_many(port, socks, number):
    reader, writer = await connect(port, socks)
    for i in range(REQUESTS):
        size = (number * 7919 + i * 104729) % 90000
        writer.write(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % size)
        first, headers = await read_head(reader)
        assert first == b"HTTP/1.1 200 OK", first
        assert await reader.readexactly(int(headers[b"content-length"])) == body_of(size)
    writer.close()
    return REQUESTS


async def talk(port, socks, number):
    reader, writer = await connect(port, socks)
    key = base64.b64encode(os.urandom(16))
    writer.write(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n")
    first, headers = await read_head(reader)
    assert first.startswith(b"HTTP/1.1 101 ") and headers[b"sec-websocket-accept"] == accept_of(key)
    for i in range(MESSAGES):
        message = os.urandom((number * 131 + i * 37) % 4000)
        writer.write(frame(message, mask=True))
        assert await read_frame(reader) == message
    writer.close()
    return MESSAGES


async def serve(port):
    server = await asyncio.start_server(serve_one, "127.0.0.1", port)
    await server.serve_forever()


async def browse(port, socks):
    pages = [get_many(port, socks, n) for n in range(CONNECTIONS)]
    sockets = [talk(port, socks, n) for n in range(WEBSOCKETS)]
    done = await asyncio.wait_for(asyncio.gather(*pages, *sockets), 50)
    print("ok", sum(done[:CONNECTIONS]), "requests", sum(done[CONNECTIONS:]), "messages")


if sys.argv[1] == "serve":
    asyncio.run(serve(int(sys.argv[2])))
else:
    asyncio.run(browse(int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0))
