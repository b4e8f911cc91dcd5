"""A terminal of its own for a command, and what is to be seen on it.

For apps/readme_pictures and tests/viewer/terminal_frames.py. Knows as much of terminals as
`pavlov train --watch=terminal` asks of them.
"""

import codecs
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

ESCAPE = re.compile(r"\x1b\[([\d;]*)([A-Za-z])")


class TerminalScreen:
    """Runs `words` on a terminal, for the length of a `with`."""

    def __init__(self, words, columns=100, rows=30, cwd=None):
        self.words, self.cwd = words, cwd
        self.columns, self.rows = columns, rows
        self.text = ""  # that has arrived and is not shown yet
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.status = None

    def __enter__(self):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            if self.cwd:
                os.chdir(self.cwd)
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
            os.execv(self.words[0], self.words)
        self.clear()
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def clear(self):
        self.lines = [[" "] * self.columns for _ in range(self.rows)]
        self.row = self.column = 0

    def resize(self, columns, rows):
        """What is on the screen is lost."""
        self.columns, self.rows = columns, rows
        self.clear()
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """Shows what arrives in this time; returns whether the command still runs."""
        end = time.time() + seconds
        while time.time() < end:
            if not select.select([self.terminal], [], [], 0.05)[0]:
                continue
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                data = b""
            if not data:
                self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
                return False
            self.show(self.decoder.decode(data))
        return True

    def show(self, text):
        text = self.text + text
        at = 0
        while at < len(text):
            if text[at] == "\x1b":
                found = ESCAPE.match(text, at)
                if not found:
                    break  # the rest of it is on the way
                at = found.end()
                self.escape(*found.groups())
                continue
            self.put(text[at])
            at += 1
        self.text = text[at:]

    def escape(self, number, command):
        if command == "H":
            self.row = self.column = 0
        elif command in "KJ":
            first = 0 if number == "2" else self.column
            self.lines[self.row][first:] = [" "] * (self.columns - first)
            rows = range(self.row + 1, self.rows) if number != "2" else range(self.rows)
            for row in rows if command == "J" else ():
                self.lines[row] = [" "] * self.columns

    def put(self, character):
        if character == "\r":
            self.column = 0
            return
        if character == "\n" or self.column == self.columns:
            self.row, self.column = self.row + 1, 0
        if self.row == self.rows:
            self.lines = self.lines[1:] + [[" "] * self.columns]
            self.row -= 1
        if character != "\n":
            self.lines[self.row][self.column] = character
            self.column += 1

    def seen(self):
        return ["".join(line).rstrip() for line in self.lines]
