"""An SSH server that names the listeners of -R as it is told, or only says that it listens.

forwarding_server.py PORT HOST_KEY AUTHORIZED_KEYS deaf|NAME    NAME: HOST:PORT, or a path for listeners at paths;
{host} and {port} in it are what was asked for. deaf: nobody listens, whatever is answered.
"""
import asyncio
import sys

import asyncssh

PORT, HOST_KEY, AUTHORIZED_KEYS, NAME = sys.argv[1:]


class Nobody(asyncssh.SSHListener):
    """A listener that is none."""

    def __init__(self):
        pass

    def close(self):
        pass

    async def wait_closed(self):
        pass


class Server(asyncssh.SSHServer):
    def connection_made(self, conn):
        self.conn = conn

    def connection_requested(self, *_):
        return True

    def server_requested(self, host, port):
        if NAME == "deaf":
            return Nobody()
        named_host, _, named_port = NAME.format(host=host, port=port).rpartition(":")
        return self.conn.forward_local_port(host, port, named_host, int(named_port))

    def unix_server_requested(self, path):
        return self.conn.forward_local_path(path, NAME)


async def main():
    await asyncssh.create_server(Server, "127.0.0.1", int(PORT), server_host_keys=[HOST_KEY],
                                 authorized_client_keys=AUTHORIZED_KEYS, reuse_address=True)
    await asyncio.Future()


asyncio.run(main())
