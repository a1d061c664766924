"""An SSH server that wants one proof after the other, for authentication_test.cpp.

authentication_server.py PORT HOST_KEY AUTHORIZED_KEYS PASSWORD STEP...    steps: fixtures/asyncssh_server.hpp
"""
import asyncio
import logging
import sys

import asyncssh
from asyncssh.auth import ServerAuth

PORT, HOST_KEY, AUTHORIZED_KEYS, PASSWORD, *STEPS = sys.argv[1:]


class Server(asyncssh.SSHServer):
    def __init__(self):
        self.steps = list(STEPS)

    def connection_made(self, conn):
        conn.test_server = self

    def begin_auth(self, username):
        return self.steps != ["none"]

    def offers(self, method):
        return bool(self.steps) and self.steps[0].split(":")[0] == method

    def kind(self):
        return self.steps[0].split(":")[1]

    def public_key_auth_supported(self):
        return self.offers("publickey")

    def validate_public_key(self, username, key):
        with open(AUTHORIZED_KEYS, encoding="ascii") as file:
            return key.export_public_key().decode().split()[1] in file.read()

    def password_auth_supported(self):
        return self.offers("password")

    def kbdint_auth_supported(self):
        return self.offers("questions")

    def validate_password(self, username, password):
        if self.steps[0] == "password:change" and password == PASSWORD:
            raise asyncssh.PasswordChangeRequired("too old")
        return password == PASSWORD

    def get_kbdint_challenge(self, username, lang, submethods):
        prompts = {"none": [], "password": [("Password: ", False)], "twice": [("Password: ", False)],
                   "code": [("Password: ", False), ("One-time code: ", False)]}[self.kind()]
        name, instruction = ("Two steps", "Look at your phone") if self.kind() == "code" else ("", "")
        return name, instruction, "", prompts

    def validate_kbdint_response(self, username, responses):
        responses = list(responses)
        if self.kind() == "none":
            return responses == []
        if self.kind() == "twice" and responses == [PASSWORD]:
            return "", "You are welcome", "", []
        if self.kind() == "twice":
            return responses == []
        return responses == [PASSWORD]

    def connection_requested(self, *_):
        return True

    def server_requested(self, *_):
        return True


accept = ServerAuth.send_success


def send_success(self):
    """Succeeds after the last step only; before, it is a partial success."""
    server = self._conn.test_server
    server.steps.pop(0)
    if server.steps:
        self.send_failure(True)
    else:
        accept(self)


ServerAuth.send_success = send_success


async def serve():
    logging.basicConfig(level=logging.INFO)
    await asyncssh.listen("127.0.0.1", int(PORT), server_factory=Server, server_host_keys=[HOST_KEY],
                          reuse_address=True)
    await asyncio.Event().wait()


asyncio.run(serve())
