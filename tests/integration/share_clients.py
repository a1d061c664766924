"""A client library that does what it is used for: commands, SFTP, and forwards both ways.

share_clients.py asyncssh|paramiko PORT TARGET_PORT FOLDER   TARGET_PORT: an echo there. Prints what went well.
"""
import asyncio
import os
import socket
import sys
import threading

LIBRARY, PORT, TARGET, FOLDER = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
BYTES = os.urandom(3_000_000)
FILE = os.path.join(FOLDER, LIBRARY)


def check(what, good):
    if not good:
        sys.exit('not good: ' + what)
    print(what, flush=True)


async def with_asyncssh():
    import asyncssh
    async with asyncssh.connect('127.0.0.1', PORT, username='anybody', known_hosts=None, config=None,
                                client_keys=None) as conn:
        ran = await conn.run('echo o; echo e >&2; exit 7')
        check('command', (ran.stdout, ran.stderr, ran.exit_status) == ('o\n', 'e\n', 7))
        async with conn.start_sftp_client() as sftp:
            async with sftp.open(FILE, 'wb') as file:
                await file.write(BYTES)
            async with sftp.open(FILE, 'rb') as file:
                check('sftp', await file.read() == BYTES)
        reader, writer = await conn.open_connection('127.0.0.1', TARGET)
        writer.write(b'there and back')
        writer.write_eof()
        check('local', await reader.read() == b'there and back')
        listener = await conn.forward_remote_port('127.0.0.1', 0, '127.0.0.1', TARGET)
        reader, writer = await asyncio.open_connection('127.0.0.1', listener.get_port())
        writer.write(b'back and there')
        writer.write_eof()
        check('remote', await reader.read() == b'back and there')


def echo_back(channel):
    while data := channel.recv(1000):
        channel.sendall(data)
    channel.close()


def with_paramiko():
    import paramiko
    transport = paramiko.Transport(('127.0.0.1', PORT))
    transport.start_client(timeout=20)
    transport.auth_none('anybody')
    channel = transport.open_session()
    channel.exec_command('echo o; echo e >&2; exit 7')
    check('command', (channel.makefile().read(), channel.makefile_stderr().read(),
                      channel.recv_exit_status()) == (b'o\n', b'e\n', 7))
    sftp = paramiko.SFTPClient.from_transport(transport)
    with sftp.open(FILE, 'wb') as file:
        file.write(BYTES)
    with sftp.open(FILE, 'rb') as file:
        check('sftp', file.read() == BYTES)
    channel = transport.open_channel('direct-tcpip', ('127.0.0.1', TARGET), ('127.0.0.1', 1))
    channel.sendall(b'there and back')
    channel.shutdown_write()
    check('local', channel.makefile().read() == b'there and back')
    port = transport.request_port_forward('127.0.0.1', 0)
    threading.Thread(target=lambda: echo_back(transport.accept(20)), daemon=True).start()
    with socket.create_connection(('127.0.0.1', port), 20) as connection:
        connection.sendall(b'back and there')
        connection.shutdown(socket.SHUT_WR)
        check('remote', connection.makefile('rb').read() == b'back and there')
    transport.close()


asyncio.run(with_asyncssh()) if LIBRARY == 'asyncssh' else with_paramiko()
