"""A virtual display with the windows of pavlov: an Xvfb, and keys from xdotool.

For apps/readme_pictures and tests/viewer/window_keys.py.
"""

import os
import subprocess
import time

TOOLS = ("Xvfb", "xdotool")


def wait_for(condition, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


class NoWindow(Exception):
    """The window of a process did not come; `status`: how it ended before, None where it ran on."""

    def __init__(self, status, output):
        super().__init__(f"no window appeared: status {status}, {output}")
        self.status = status


class VirtualDisplay:
    """An Xvfb of its own, for the length of a `with`."""

    def __enter__(self):
        self.started = []
        read, write = os.pipe()
        self.process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x900x24", "-nolisten", "tcp",
             "-noreset"],  # else it starts anew after each xdotool, and refuses who comes then
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        # The whole line: a server whose number nobody takes to its end gives up.
        with os.fdopen(read) as line:
            number = line.readline().strip()
        self.env = dict(os.environ, DISPLAY=":" + number)
        self.env.pop("SDL_VIDEODRIVER", None)
        self.env.pop("WAYLAND_DISPLAY", None)
        # Without an address libdbus forks to ask for one, beside a training: in a sanitized build
        # the child may wait for ever for the allocator, and the window with it.
        self.env["DBUS_SESSION_BUS_ADDRESS"] = "disabled:"
        # In a sanitized build: what drivers of X keep cannot be named once they are unloaded.
        self.env["ASAN_OPTIONS"] = self.env.get("ASAN_OPTIONS", "") + " detect_leaks=0"
        return self

    def __exit__(self, *_):
        for process in self.started:  # a training would go on without its window
            process.kill()
            process.wait()
        self.process.terminate()
        self.process.wait()

    def start(self, words, **options):
        self.started.append(subprocess.Popen(words, env=self.env, **options))
        return self.started[-1]

    def xdotool(self, *words):
        return subprocess.run(["xdotool", *words], env=self.env, capture_output=True, text=True)

    def window(self, process):
        """The id of the window of `process`, once it is there and gets what is typed."""
        found = []

        def look():
            found[:] = self.xdotool("search", "--onlyvisible", "--name", "pavlov").stdout.split()
            if not found:
                return process.poll() is not None
            self.xdotool("windowfocus", found[0])
            return self.xdotool("getwindowfocus").stdout.split() == found[:1]

        if not wait_for(look, seconds=60) or not found:
            status = process.poll()
            process.kill()
            raise NoWindow(status, process.communicate())
        time.sleep(0.5)
        return found[0]

    def keys(self, *names):
        self.xdotool("mousemove", "700", "5")  # on the header: the window is under the pointer
        for name in names:
            self.xdotool("key", name)
            time.sleep(0.25)
