"""Bytes that look like none other, made from a seed faster than a tunnel carries them; and what a command that gives them
back has made of them."""
import hashlib
import os
import subprocess
import threading

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

PIECE = 256 * 1024


def pieces(size, seed):
    """AES-128-CTR of zeros."""
    made = Cipher(algorithms.AES(seed.to_bytes(16, "big")), modes.CTR(bytes(16))).encryptor()
    zeros = bytes(PIECE)
    for at in range(0, size, PIECE):
        yield made.update(zeros[:min(PIECE, size - at)])


def digest(size, seed):
    whole = hashlib.sha256()
    for piece in pieces(size, seed):
        whole.update(piece)
    return whole.hexdigest()


def write(path, size, seed):
    with open(path, "wb") as file:
        for piece in pieces(size, seed):
            file.write(piece)


class Echoed:
    """A command that is to give back what it is fed, both at the same time."""

    def __init__(self, command, size, seed, errors):
        self.size, self.seed, self.fed = size, seed, hashlib.sha256()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        threading.Thread(target=self.feed, daemon=True).start()

    def feed(self):
        try:
            for piece in pieces(self.size, self.seed):
                self.fed.update(piece)
                self.process.stdin.write(piece)
            self.process.stdin.close()
        except OSError:
            pass  # its end says more

    def wrong(self):
        """What is wrong with what has come back, once the command is over; empty: nothing."""
        got, count = hashlib.sha256(), 0
        while data := os.read(self.process.stdout.fileno(), PIECE):
            got.update(data)
            count += len(data)
        code = self.process.wait()
        if code != 0:
            return f"exit {code} after {count} bytes"
        if count != self.size:
            return f"{count} of {self.size} bytes"
        return "" if got.digest() == self.fed.digest() else "other bytes"
