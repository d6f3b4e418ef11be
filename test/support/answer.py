"""Runs a command on a pseudo-terminal, types an answer at its question, and prints exit code and output as JSON.

usage: answer.py QUESTION ANSWER COMMAND...
"""
import json
import os
import pty
import select
import signal
import sys
import time

question, answer, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
output, asked = b"", False
# Only a command that hangs takes so long.
end = time.monotonic() + 300
while True:
    if time.monotonic() > end:
        os.kill(child, signal.SIGKILL)
    if not select.select([terminal], [], [], 0.1)[0]:
        continue
    try:
        part = os.read(terminal, 65536)
    except OSError:  # Linux's end of a pseudo-terminal
        break
    if not part:
        break
    output += part
    if not asked and question.encode() in output:
        os.write(terminal, answer.encode())
        asked = True
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(json.dumps({"status": status, "output": output.decode(errors="replace")}))
