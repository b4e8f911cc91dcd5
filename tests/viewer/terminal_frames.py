"""Watches a training in a terminal that changes its size, down to the report at the end.

terminal_frames.py --program build/release/pavlov
Ends with 1 where a check fails.
"""

import argparse
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "apps"))
from terminal_screen import TerminalScreen

FAILURES = []


def check(holds, text):
    print(("ok    " if holds else "FAILED ") + text, flush=True)
    if not holds:
        FAILURES.append(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = os.path.abspath(parser.parse_args().program)
    with tempfile.TemporaryDirectory() as folder:
        words = [program, "train", "dqn", "--env", "CartPole-v1", "--steps", "100000000", "--out",
                 folder + "/run", "--eval_every", "0", "--watch=terminal"]
        with TerminalScreen(words, 100, 30) as screen:
            def shows(*parts):
                """Waits until all parts are on the screen."""
                end = time.time() + 30
                while time.time() < end:
                    if not screen.read(0.3):
                        break
                    if all(part in "\n".join(screen.seen()) for part in parts):
                        return True
                return all(part in "\n".join(screen.seen()) for part in parts)

            check(shows("of 100,000,000 steps", "episode return", "▸"), "a frame is shown")
            check(screen.seen()[0].startswith("pavlov  dqn"), "from the first line on")
            screen.resize(50, 12)
            screen.read(1.0)
            seen = screen.seen()
            check(seen[0].startswith("pavlov  dqn") and "episode return" not in "".join(seen) and
                  seen[-1] == "", "in a small terminal a small one, alone")
            screen.resize(140, 40)
            check(shows("episode return", "loss", "value", "▸"), "and a large one in a large one")
            check(screen.seen()[0].startswith("pavlov  dqn"), "from the first line on")
            os.kill(screen.pid, 2)
            while screen.read(1.0):
                pass
            seen = screen.seen()
            check(screen.status == 130, f"Ctrl-C ends it: {screen.status}")
            check(any("everything is saved" in line for line in seen) and
                  any(line.startswith("next: ") for line in seen), "the report can be read")
            check(any("▸" in line for line in seen), "under the last frame")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
