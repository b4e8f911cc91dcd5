"""Takes the X server, or the window's connection to it, away from a training and from watch.

lost_display.py --program build/release/pavlov
A training must go on to its end, with all its files and one line of warning; `pavlov watch` must
end with one line and status 1. Needs Xvfb and xdotool; ends with 77 (skipped) where they are
missing, with 1 where a check fails.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "apps"))
from virtual_display import TOOLS, NoWindow, VirtualDisplay

FAILURES = []
FILES = ("config.toml", "metrics.jsonl", "learning_curve.svg", "last.safetensors",
         "best.safetensors")


def check(holds, text):
    print(("ok    " if holds else "FAILED ") + text, flush=True)
    if not holds:
        FAILURES.append(text)


def kill_server(display, _):
    display.process.kill()
    display.process.wait()


def kill_client(display, window):  # as xkill does
    display.xdotool("windowkill", window)


def destroy_window(display, window):  # whatever draws there next is refused
    display.xdotool("windowclose", window)


def end_of(process):
    """Status and standard error; a process that hangs is killed."""
    try:
        return process.communicate(timeout=200)[1], process.returncode
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[1], "it hangs"


def start_training(display, program, run, folder, steps, options):
    """A training that stands still, and its window; None where it was over before it could."""
    trainer = display.start(
        [program, "train", "dqn", "--env", "CartPole-v1", "--steps", str(steps), "--out", str(run),
         "--overwrite", "--hidden", "16", "--eval_every", "100000", "--eval_episodes", "2",
         "--final_episodes", "5", "--quiet", "--watch", *options],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        window = display.window(trainer)
    except NoWindow as missing:
        if missing.status == 0:
            return None
        raise
    display.keys("space")
    if '"kind":"final"' not in (run / "metrics.jsonl").read_text():
        return trainer, window
    trainer.kill()
    trainer.communicate()
    return None


def train_through(take_away, name, program, folder, *options):
    """A training whose window is taken away on the way; returns the folder of its run."""
    run = folder / name
    for steps in (200_000, 800_000, 3_200_000, 12_800_000):  # as many as this machine needs
        with VirtualDisplay() as display:
            started = start_training(display, program, run, folder, steps, options)
            if started is None:
                continue
            trainer, window = started
            take_away(display, window)
            errors, status = end_of(trainer)
            break
    else:
        check(False, f"{name}: the training is under way")
        return run
    print(errors, end="")
    check(status == 0, f"{name}: the training ends with 0: {status}")
    check(all((run / file).exists() for file in FILES), f"{name}: with all its files")
    records = (run / "metrics.jsonl").read_text().splitlines()
    check('"kind":"final"' in records[-1] and f'"steps":{steps}' in records[-1],
          f"{name}: at its last step")
    warning = "the film is made without a window" if options else "the training goes on"
    check(errors.count("\n") == 1 and warning in errors, f"{name}: with one line of warning")
    return run


def watch_through(take_away, name, program, folder, run):
    with VirtualDisplay() as display:
        watcher = display.start([program, "watch", str(run)], cwd=folder,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        take_away(display, display.window(watcher))
        errors, status = end_of(watcher)
    print(errors, end="")
    check(status == 1, f"{name}: watch ends with 1: {status}")
    check(errors.count("\n") == 1 and errors.startswith("pavlov: error: [viewer] "),
          f"{name}: with one line")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    program = os.path.abspath(parser.parse_args().program)
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("skipped: missing", *missing)
        return 77
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run = train_through(kill_server, "server", program, folder)
        train_through(kill_client, "client", program, folder)
        train_through(destroy_window, "window", program, folder)
        watch_through(kill_server, "server", program, folder, run)
        watch_through(kill_client, "client", program, folder, run)
        watch_through(destroy_window, "window", program, folder, run)

        frames = folder / "frames"
        seen = []

        def kill_server_and_count(display, window):
            kill_server(display, window)
            seen.append(len(list(frames.iterdir())))

        train_through(kill_server_and_count, "film", program, folder, "--record", str(frames),
                      "--size", "480x320")
        seen.append(len(list(frames.iterdir())))
        check(seen[1] > seen[0] + 3, f"the film goes on without the window: {seen} frames")
    return 1 if FAILURES else 0


if __name__ == "__main__":
    sys.exit(main())
