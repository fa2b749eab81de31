"""Runs a command on a terminal of 100 columns, and types: argv is the steps as JSON, then the command.

Each step is what to wait for and what to type then. All that the terminal gets goes to standard output, as it is.
Exits as the command does; with 99 where a step or the end does not come.
"""

import fcntl
import json
import os
import pty
import select
import struct
import sys
import termios
import time

steps = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])

late = time.monotonic() + 18
shown = b""
seen = 0
while True:
    ready, _, _ = select.select([fd], [], [], max(0, late - time.monotonic()))
    if not ready:
        os.kill(pid, 9)
        sys.stdout.buffer.write(shown)
        sys.stdout.flush()
        sys.exit(99)
    try:
        chunk = os.read(fd, 65536)
    except OSError:
        break
    if not chunk:
        break
    shown += chunk
    while steps:
        at = shown.find(steps[0][0].encode(), seen)
        if at < 0:
            break
        seen = at + len(steps[0][0].encode())
        os.write(fd, steps.pop(0)[1].encode())

sys.stdout.buffer.write(shown)
sys.stdout.flush()
_, status = os.waitpid(pid, 0)
sys.exit(99 if steps else os.waitstatus_to_exitcode(status) % 256)
