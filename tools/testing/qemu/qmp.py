# SPDX-License-Identifier: GPL-2.0
"""The few QMP commands that set up a stopped QEMU."""

import json
import socket
import time


class QmpError(Exception):
    """QEMU refused a command or hung up."""


class Qmp:
    """A connection to QEMU's control socket."""

    def __init__(self, path, alive):
        """Connects to the socket at `path`, as long as `alive()` says that QEMU runs."""
        self._socket = self._connect(path, alive)
        self._stream = self._socket.makefile("rw")
        self._read()
        self.call("qmp_capabilities")

    @staticmethod
    def _connect(path, alive):
        sock = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 10
        while True:
            try:
                sock.connect(path)
                return sock
            except OSError as err:
                if not alive() or time.monotonic() > deadline:
                    sock.close()
                    raise QmpError(f"no answer from QEMU: {err.strerror}") from err
                time.sleep(0.02)

    def _read(self):
        try:
            line = self._stream.readline()
        except ConnectionError:
            line = ""
        if not line:
            raise QmpError("QEMU hung up")
        return json.loads(line)

    def call(self, command, **arguments):
        """Runs one command and returns its result."""
        try:
            self._stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self._stream.flush()
        except ConnectionError as err:
            raise QmpError("QEMU hung up") from err
        while True:
            reply = self._read()
            if "error" in reply:
                raise QmpError(f"{command}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]

    def close(self):
        """Hangs up; QEMU runs on."""
        self._stream.close()
        self._socket.close()
