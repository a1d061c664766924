"""An SSH server that does what no sshd can be made to do, once the session is up.

strange_server.py WHAT HOST_KEY AUTHORIZED_KEYS PORT_FILE
"""
import asyncio
import socket
import struct
import sys

import asyncssh
from asyncssh.packet import String, UInt32

what, host_key, authorized_keys, port_file = sys.argv[1:]
MSG_CHANNEL_DATA = 94  # RFC 4254, 9


def reset(conn):
    tcp = conn.get_extra_info('socket')
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    conn._transport.abort()


def change_host_key(conn):
    other = asyncssh.load_keypairs([asyncssh.generate_private_key('ssh-ed25519')])[0]
    conn._server_host_keys = {name: other for name in conn._server_host_keys}
    conn._send_kexinit()
    conn._kexinit_sent = True


deeds = {
    'goodbye': lambda conn: conn.disconnect(11, 'down for maintenance'),
    'unknown_channel': lambda conn: conn.send_packet(MSG_CHANNEL_DATA, UInt32(77), String(b'x')),
    'reset': reset,
    'host_key': change_host_key,
}


class Server(asyncssh.SSHServer):
    def connection_made(self, conn):
        self.conn = conn

    def server_requested(self, host, port):
        if what in deeds:
            asyncio.get_event_loop().call_soon(deeds[what], self.conn)
        return True

    def connection_requested(self, *addresses):
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, 'out of channels')


async def main():
    server = await asyncssh.listen('127.0.0.1', 0, server_factory=Server, server_host_keys=[host_key],
                                   authorized_client_keys=authorized_keys)
    with open(port_file, 'w') as out:
        out.write('%d\n' % server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


asyncio.run(main())
