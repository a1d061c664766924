"""An HTTP service that decides about logins: what it answers depends on who wants to log in.

login_server.py [CERTIFICATE_AND_KEY]   prints its port, then each question with the token that came with it.
"""
import http.server
import json
import ssl
import sys


class Answers(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        question = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        print(json.dumps(dict(question, token=self.headers.get('Authorization')), sort_keys=True), flush=True)
        if question.get('password', 'right') != 'right':
            return self.answer(401)
        user, _, port = question['user'].partition('-')
        if user == 'slow':
            return self.rfile.read()
        if user == 'garbage':
            return self.wfile.write(b'SSH-2.0-somebody else\r\n\r\n')
        if user == 'moved':
            return self.answer(307, '', Location='/elsewhere')
        bodies = {'anna': '', 'huge': '{"x":"' + 'x' * 1000000 + '"}', 'broken': '{"permit":', 'more': '{"permit":"sudo"}',
                  'narrow': json.dumps({'permit': ['no-pty', 'permitopen="127.0.0.1:%s"' % port], 'name': 'a name'})}
        return self.answer(200, bodies[user]) if user in bodies else self.answer(403)

    def answer(self, status, body='', **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body.encode())
        except OSError:
            pass

    def log_message(self, *_):
        pass


SERVER = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Answers)
SERVER.handle_error = lambda *_: None
if len(sys.argv) > 1:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1])
    SERVER.socket = context.wrap_socket(SERVER.socket, server_side=True, do_handshake_on_connect=False)
print(SERVER.server_address[1], flush=True)
SERVER.serve_forever()
