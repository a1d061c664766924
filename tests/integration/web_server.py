"""web_server.py PORT: a web server behind a client of the public entrance. What it is asked for is its path: /head says
the request's header, /sum the SHA-256 of its body, /bytes/N sends N bytes in chunks, /events one, in an
answer that goes on while the visitor stays, /echo changes to a protocol that says everything back, /silent closes without a word, /wrong is no HTTP."""
import base64
import hashlib
import http.server
import sys

CHUNK = 65536


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, text, status=200):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def body(self):
        """In pieces."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", 0))
        while left > 0:
            piece = self.rfile.read(min(left, CHUNK))
            left -= len(piece)
            yield piece

    def chunks(self, pieces, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def events(self):
        yield b"data: first\n\n"
        self.connection.recv(1)  # until the visitor goes

    def echo(self):
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
        self.end_headers()
        while data := self.connection.recv(CHUNK):
            self.connection.sendall(data)
        self.close_connection = True

    def do_GET(self):
        if self.path == "/silent":
            self.close_connection = True
        elif self.path == "/wrong":
            self.wfile.write(b"220 mail.example.org ESMTP\r\n")
            self.close_connection = True
        elif self.path == "/echo":
            self.echo()
        elif self.path == "/events":
            self.chunks(self.events(), "text/event-stream")
        elif self.path == "/204":
            self.send_response(204)
            self.end_headers()
        elif self.path.startswith("/bytes/"):
            count = int(self.path.split("/")[2])
            self.chunks((bytes(min(CHUNK, count - at)) for at in range(0, count, CHUNK)), "application/octet-stream")
        else:
            self.answer(f"{self.command} {self.path}\n{self.headers}")

    do_HEAD = do_GET

    def do_POST(self):
        digest = hashlib.sha256()
        for piece in self.body():
            digest.update(piece)
        self.answer(digest.hexdigest())

    do_PUT = do_POST


http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
