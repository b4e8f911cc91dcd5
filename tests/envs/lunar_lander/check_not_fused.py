#!/usr/bin/env python3
"""Checks that no instruction of LunarLander's physics fuses a multiplication with an addition.

    python3 tests/envs/lunar_lander/check_not_fused.py OBJDUMP LIBRARY

Compilers fuse where they may, and the results are no longer Gymnasium's. All of the physics is in
single precision but for sine and cosine, which are fused in double precision on purpose; so no
function of the namespace may hold a fused instruction in single precision. Ends with 1 where one
does, or where there is nothing to look at.
"""
import re
import subprocess
import sys

FUSED = re.compile(r"\t(vfn?m\w*[ps]s)\b")
FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")


def main():
    objdump, library = sys.argv[1:3]
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", library], check=True,
                          capture_output=True, text=True).stdout
    function, seen, fused = "", 0, []
    for line in text.splitlines():
        match = FUNCTION.match(line)
        if match:
            function = match.group(1)
            seen += "lunar_lander" in function
        elif "lunar_lander" in function and FUSED.search(line):
            fused.append(f"{function}: {line.strip()}")
    print("\n".join(fused[:20]))
    print(f"{seen} functions, {len(fused)} fused instructions in single precision")
    return 1 if fused or seen < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
