"""A program on a terminal of its own, as a person would use it.

terminal.py resize PROGRAM...        makes the window larger when it says "ready"
terminal.py cancel PORT PROGRAM...   ends ssh's -R of this port on its command line (~C) when it says "ready"
Prints what the program wrote, and its exit code.
"""
import fcntl
import os
import pty
import socket
import struct
import sys
import termios
import time

LIMIT = time.monotonic() + 25


def size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


def read_until(fd, end):
    """Up to and with `end`, or the end of all."""
    text = b''
    while not text.endswith(end) and time.monotonic() < LIMIT:
        try:
            byte = os.read(fd, 1)
        except OSError:
            break
        if not byte:
            break
        text += byte
    return text.replace(b'\r', b'').decode()


def is_served(port):
    try:
        with socket.create_connection(('127.0.0.1', port), 5) as connection:
            connection.settimeout(5)
            connection.sendall(b'x')
            return connection.recv(1) == b'x'
    except OSError:
        return False


def resize(fd):
    print(read_until(fd, b'ready\r\n'), end='')
    size(fd, 40, 120)
    print(read_until(fd, b'never'), end='')


def cancel(fd, port):
    read_until(fd, b'ready\r\n')
    print('served before:', is_served(port))
    os.write(fd, b'\r~C')
    read_until(fd, b'ssh> ')
    os.write(fd, b'-KR 127.0.0.1:%d\r' % port)
    said = read_until(fd, b'Canceled forwarding.\r\n')
    while is_served(port) and time.monotonic() < LIMIT:
        pass
    print('served after:', is_served(port))
    os.write(fd, b'\r')
    print(said, read_until(fd, b'never'))


what, argv = sys.argv[1], sys.argv[2:]
port = int(argv.pop(0)) if what == 'cancel' else 0
pid, fd = pty.fork()
if pid == 0:
    size(0, 30, 100)
    os.execv(argv[0], argv)
resize(fd) if what == 'resize' else cancel(fd, port)
print('exit', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
