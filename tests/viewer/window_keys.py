"""Watches a training and its policies on a virtual display, with real key events.

window_keys.py --program build/release/pavlov
Needs Xvfb and xdotool; ends with 77 (skipped) where they are missing, with 1 where a check fails.
"""

import argparse
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "apps"))
from virtual_display import TOOLS, VirtualDisplay, wait_for

FAILURES = []


def check(holds, text):
    print(("ok    " if holds else "FAILED ") + text, flush=True)
    if not holds:
        FAILURES.append(text)


def png_size(path):
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", path
    return struct.unpack(">II", data[16:24])


def lines_of(run):
    metrics = run / "metrics.jsonl"
    return metrics.read_text().count("\n") if metrics.exists() else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = os.path.abspath(parser.parse_args().program)
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("skipped: missing", *missing)
        return 77
    with tempfile.TemporaryDirectory() as name, VirtualDisplay() as display:
        folder = pathlib.Path(name)
        run = folder / "run"
        train = [program, "train", "dqn", "--env", "CartPole-v1", "--out", str(run), "--num_envs",
                 "4", "--steps", "2000000", "--final_episodes", "0", "--eval_every", "20000",
                 "--watch"]
        trainer = display.start(train, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
                                text=True)
        display.window(trainer)
        display.keys("space")

        def stands():
            seen = lines_of(run)
            time.sleep(1.5)  # an evaluation may have been under way
            return lines_of(run) == seen

        check(wait_for(stands) and trainer.poll() is None, "space pauses the training")
        before = lines_of(run)
        display.keys("s")
        check(wait_for(lambda: (run / "pavlov_1.png").exists()), "s saves a screenshot")
        check(png_size(run / "pavlov_1.png") == (1280, 720), "of the size of the window")
        kept = len(list(run.glob("policies/*")))
        display.keys("c")
        check(wait_for(lambda: len(list(run.glob("policies/*"))) > kept),
              "c saves the policy, also while paused")
        display.keys("Right", "Right", "h", "Escape", "t", "Tab", "f", "f", "g", "g", "bracketleft",
                     "bracketright", "space")
        check(wait_for(lambda: lines_of(run) > before), "space goes on")
        kept = len(list(run.glob("policies/*")))
        display.xdotool("key", "c", "q")
        check(wait_for(lambda: len(list(run.glob("policies/*"))) > kept),
              "a window that closes takes no policy with it")
        after = lines_of(run)
        check(trainer.poll() is not None or wait_for(lambda: lines_of(run) > after or
                                                     trainer.poll() is not None),
              "the training goes on without its window")
        trainer.send_signal(2)
        _, errors = trainer.communicate(timeout=60)
        check(trainer.returncode in (0, 130), f"it ends well: {trainer.returncode}")
        check("error" not in errors, "without errors")

        watcher = display.start([program, "watch", str(run)], cwd=folder)
        window = display.window(watcher)
        display.keys("space", "Right", "comma", "period", "Home", "End", "Return", "s")
        check(wait_for(lambda: (folder / "pavlov_1.png").exists()), "watch saves a screenshot")
        display.xdotool("windowsize", window, "900", "600")
        time.sleep(0.7)
        display.keys("s")
        check(wait_for(lambda: (folder / "pavlov_2.png").exists()) and
              png_size(folder / "pavlov_2.png") == (900, 600), "which follows the window's size")
        display.keys("q")
        check(watcher.wait(timeout=30) == 0, "q ends watch with 0")

        subprocess.run([program, "trace", "--env", "LunarLander-v3", "--policy", "heuristic", "--out",
                        "/dev/null", "--actions_out", str(folder / "actions.csv")], check=True)
        trace = display.start([program, "watch", "--actions", "actions.csv", "--env",
                               "LunarLander-v3"], cwd=folder)
        display.window(trace)
        display.keys("space", "Home", "s", "period", "period", "s", "Home", "s", "q")
        shots = [folder / f"pavlov_{k}.png" for k in (3, 4, 5)]
        check(trace.wait(timeout=30) == 0 and all(shot.exists() for shot in shots),
              "a trace is paused and sought")
        check(len({shot.read_bytes() for shot in shots[:2]}) == 2, "and shows another moment then")

        human = display.start([program, "watch", "--human", "--env", "LunarLander-v3"], cwd=folder)
        display.window(human)
        display.xdotool("keydown", "Up")
        time.sleep(0.6)
        display.xdotool("keyup", "Up")
        display.keys("Return", "q")
        check(human.wait(timeout=30) == 0, "one plays, and q ends")

        blind = dict(display.env)
        del blind["DISPLAY"]
        short = [program, "train", "dqn", "--env", "CartPole-v1", "--steps", "3000", "--out",
                 str(folder / "blind"), "--final_episodes", "0", "--watch"]
        result = subprocess.run(short, env=blind, cwd=folder, capture_output=True, text=True,
                                timeout=120)
        check(result.returncode == 0 and "no display" in result.stderr,
              "without a display it says so and trains")
        result = subprocess.run([program, "watch", str(run)], env=blind, cwd=folder,
                                capture_output=True, text=True, timeout=60)
        check(result.returncode == 1 and "no display" in result.stderr and
              result.stderr.count("\n") == 1, "watch without a display is an error of one line")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
