"""The process that checks replies: one a line, within limits of processor time and memory."""

import json
import sys
import time
from dataclasses import asdict
from math import ceil

from attndsl.synthesis.llm.replies import Rules, written


def main(seconds: int, megabytes: int) -> None:
    """Answer a line with a line until there are no more; what exceeds a limit ends the process."""
    limit_memory(megabytes)
    say("ready")
    for line in sys.stdin.buffer:
        limit_time(seconds)
        asked = json.loads(line)
        rules = {**asked["rules"], "levels": frozenset(asked["rules"]["levels"])}
        try:
            programs = written(asked["reply"], Rules(**rules), asked["bare"])
            answer = json.dumps({"written": [asdict(one) for one in programs]})
        except MemoryError:
            return
        except Exception as fault:  # a fault of the checker is no reason to end the run
            answer = json.dumps({"fault": f"the check failed with {type(fault).__name__}"})
        say(answer)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def limit_memory(megabytes: int) -> None:
    """So much more than the process has now, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            held = int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        held = 2**28
    limit = held + megabytes * 2**20
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def limit_time(seconds: int) -> None:
    """So many seconds of processor time from now, then the system ends the process."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (ceil(time.process_time()) + seconds, hard))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
