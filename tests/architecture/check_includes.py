"""Checks that the folders include only what the architecture lets them include.

    python3 tests/architecture/check_includes.py [ROOT]
    python3 tests/architecture/check_includes.py --self-test

Rules, for every header and source of kernels, envs, nets, replay, agents and apps:
  arrows       kernels looks at no other folder; envs, nets and replay look at kernels; agents looks
               at nets, replay, kernels and the environment contract; apps looks at all and
               at the table of bench, nothing at apps. The contract itself stands on nothing but kernels.
  owners       a third-party library is included only where its owner in OWNERS is.
  public       no third-party header, name or macro in a header that others include, but DOORS.
  spelling     our files are included as "pavlov/<folder>/<file>", others in angle brackets.
  once         every header says #pragma once, except those that Highway includes once per target.
Each breach is a line "file:line: rule"; any breach ends with 1.
"""

import os
import pathlib
import re
import sys
import tempfile

FOLDERS = ("kernels", "envs", "nets", "replay", "agents", "apps")
SUFFIXES = (".h", ".cuh", ".cpp", ".cu")

ARROWS = {
    "kernels": {"kernels"},
    "envs": {"envs", "kernels"},
    "nets": {"nets", "kernels"},
    "replay": {"replay", "kernels"},
    "agents": {"agents", "nets", "replay", "kernels"},
    "apps": set(FOLDERS),
}
CONTRACT = {"envs/vec_env.h", "envs/picture.h", "envs/spaces.h"}
# What apps shows of bench: the rows of `pavlov bench kernels`, which bench programs time as well.
SHOWN_BENCH = {"bench/kernels/table.h"}

# Library: (how its headers begin, which files may include them, in words for the message).
OWNERS = {
    "Highway": (r"hwy/", r"kernels/", "kernels"),
    "CUDA": (r"(cuda|cublas|curand|cub/|thrust/|cooperative_groups|driver_types)", r"kernels/",
             "kernels"),
    "oneTBB": (r"(tbb|oneapi)/", r"kernels/", "kernels"),
    "Eigen": (r"(unsupported/)?Eigen/", r"kernels/.*\.cpp$", "sources of kernels"),
    "Box2D": (r"box2d/", r"(envs/lunar_lander|apps/examples)/",
              "envs/lunar_lander and apps/examples"),
    "LibTorch": (r"(torch|ATen|c10)/", r"(nets/torch|apps/examples)/",
                 "nets/torch and apps/examples"),
    "cereal": (r"cereal/", r"agents/checkpoint", "agents/checkpoint*"),
    "nlohmann_json": (r"nlohmann/", r"(nets|agents|apps)/.*\.cpp$",
                      "sources of nets, agents and apps"),
    "CLI11": (r"CLI/", r"apps/", "apps"),
    "spdlog": (r"spdlog/", r"apps/", "apps"),
    "fmt": (r"fmt/", r"apps/", "apps"),
    "SDL": (r"SDL", r"apps/viewer/.*\.cpp$", "sources of apps/viewer"),
    "Cairo": (r"cairo", r"apps/viewer/.*\.cpp$", "sources of apps/viewer"),
    "Xlib": (r"X11/", r"apps/viewer/.*\.cpp$", "sources of apps/viewer"),
    "Dear ImGui": (r"(imgui|backends/imgui)", r"apps/", "apps"),
    "GoogleTest": (r"(gtest|gmock)/", r"$", "tests and bench"),
    "Google Benchmark": (r"benchmark/", r"$", "tests and bench"),
}

# Headers for those who bring a third-party object of their own: they speak that library's language.
DOORS = {"nets/torch/torch_network.h"}

# Standard C++ headers have neither a dot nor a slash; these are the system's.
SYSTEM = re.compile(
    r"([a-z0-9_]+|(sys|linux|netinet|arpa|asm)/\w+\.h"
    r"|(arm_\w+|cpuid|dlfcn|errno|fcntl|poll|pthread|sched|signal|spawn|termios|unistd|[a-z]*intrin)\.h)$")

# Names by which third-party libraries show in code. A name after "word::" is a namespace of ours.
FOREIGN_NAMES = re.compile(
    r"(?<!\w)(?<!\w::)(?:hwy|tbb|oneapi|Eigen|torch|at|c10|nlohmann|CLI|spdlog|fmt|cereal|testing"
    r"|benchmark)\s*::"
    r"|\bnamespace\s+(?:hwy|tbb|oneapi|Eigen|torch|at|c10|nlohmann|CLI|spdlog|fmt|cereal)\b"
    r"|\bb2[A-Z]\w*|\bSDL_\w+|\bImGui\w*|\bHWY_\w+|\bcuda\w+_t\b|\bcu(?:blas|rand)[A-Z]\w*")

COMMENT_OR_STRING = re.compile(
    r'//(?:[^\n\\]|\\.)*|/\*.*?\*/|R"([^\s()\\]{0,16})\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"'
    # A quote between digits separates them and opens no character.
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'", re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]*)[>"]', re.MULTILINE)
PRAGMA_ONCE = re.compile(r"^[ \t]*#[ \t]*pragma[ \t]+once\b", re.MULTILINE)


def blank(match):
    """As many line ends as the text had, and no letters."""
    return re.sub(r"[^\n]", " ", match.group())


def without_comments(text):
    """The directives of a text: no comment, and no raw string, whose lines may look like one."""
    return COMMENT_OR_STRING.sub(
        lambda match: blank(match) if match.group()[0] in "/R" else match.group(), text)


def without_strings(text):
    return COMMENT_OR_STRING.sub(blank, text)


def is_public(path):
    """Whether others may include the header: not the insides of kernels or of the program, and not
    what only works inside a Highway region."""
    private = ("kernels/simd/", "kernels/cpu/", "apps/")
    return (path.endswith(".h") and not path.endswith("-inl.h") and not path.startswith(private)
            and path not in DOORS)


def owner_breach(path, header):
    """What is wrong with including the third-party `header` here, or None."""
    for library, (prefix, owner, words) in OWNERS.items():
        if re.match(prefix, header):
            if not re.match(owner, path):
                return f"{library} is included only by {words}"
            if is_public(path):
                return f"a public header includes no third-party header, here {library}"
            return None
    if SYSTEM.match(header):
        return None
    return f"<{header}> belongs to no library that check_includes.py knows: give it an owner there"


def arrow_breach(path, header):
    """What is wrong with including our `header` ("folder/file") here, or None."""
    source, target = path.split("/")[0], header.split("/")[0]
    if source == "apps" and header in SHOWN_BENCH:
        return None
    if target not in FOLDERS:
        return f'"pavlov/{header}" is in none of the folders {", ".join(FOLDERS)}'
    if path in CONTRACT and target == "envs" and header not in CONTRACT:
        return "the environment contract includes no other file of envs"
    if source == "agents" and target == "envs":
        if header in CONTRACT:
            return None
        return f"of envs, agents includes only the contract: {', '.join(sorted(CONTRACT))}"
    if target not in ARROWS[source]:
        return f"{source} may not include {target}"
    return None


def check_file(path, text):
    """Yields (line, rule) for each breach in the file `path`, relative to the root."""
    code = without_comments(text)

    def line_of(offset):
        return text.count("\n", 0, offset) + 1

    for match in INCLUDE.finditer(code):
        bracket, header = match.groups()
        breach = None
        if header.startswith("pavlov/"):
            if ".." in header.split("/"):
                breach = 'our files are included as "pavlov/<folder>/<file>"'
            elif bracket == "<":
                breach = 'our files are included in quotes: "pavlov/<folder>/<file>"'
            else:
                breach = arrow_breach(path, header[len("pavlov/"):])
        elif bracket == '"':
            breach = ('quotes are for our files, as "pavlov/<folder>/<file>"; others take angle '
                      "brackets")
        else:
            breach = owner_breach(path, header)
        if breach:
            yield line_of(match.start(1)), breach

    if is_public(path):
        for match in FOREIGN_NAMES.finditer(without_strings(text)):
            yield line_of(match.start()), f"a public header says {match.group()}, a third-party name"
    if path.endswith((".h", ".cuh")) and not path.endswith("-inl.h"):
        if path != "kernels/simd/foreach_target.h" and not PRAGMA_ONCE.search(code):
            yield 1, "a header says #pragma once"


def check_tree(root):
    """(number of files, list of "file:line: rule") of the tree at `root`."""
    files, breaches = 0, []
    for folder in FOLDERS:
        for parent, folders, names in os.walk(root / folder):
            folders.sort()
            for name in sorted(names):
                if not name.endswith(SUFFIXES):
                    continue
                files += 1
                file = pathlib.Path(parent, name)
                path = file.relative_to(root).as_posix()
                text = file.read_text(encoding="utf-8")
                for line, rule in sorted(check_file(path, text)):
                    breaches.append(f"{path}:{line}: {rule}")
    return files, breaches


# Self-test: trees of one or two files, and the breaches that must be found, no more and no fewer.
ONCE = "#pragma once\n"
CASES = [
    # Allowed.
    ({"kernels/a.h": ONCE + '#include <vector>\n#include <sys/stat.h>\n#include <immintrin.h>\n',
      "kernels/cpu/a.cpp": '#include "pavlov/kernels/a.h"\n#include <hwy/highway.h>\n',
      "kernels/b.cpp": "#include <Eigen/Dense>\n#include <tbb/task_arena.h>\n#include <cublas_v2.h>\n",
      "kernels/simd/foreach_target.h": "#include <hwy/foreach_target.h>\n",
      "kernels/simd/dispatch.h": ONCE + "#define PAVLOV_X HWY_DYNAMIC_DISPATCH\n",
      "envs/cartpole/physics-inl.h": "namespace hn = hwy::HWY_NAMESPACE;\n",
      "envs/vec_env.h": ONCE + '#include "pavlov/envs/spaces.h"\n#include "pavlov/kernels/a.h"\n',
      "envs/spaces.h": ONCE, "envs/lunar_lander/box2d.cpp": "#include <box2d/box2d.h>\n",
      "nets/a.cpp": "#include <nlohmann/json.hpp>\n", "nets/torch/a.cpp": "#include <torch/torch.h>\n",
      "nets/torch/torch_network.h": ONCE + "#include <torch/types.h>\nvoid f(torch::Tensor);\n",
      "apps/examples/a.cpp": "#include <torch/torch.h>\n",
      "agents/a.cpp": '#include "pavlov/envs/vec_env.h"\n#include "pavlov/nets/a.h"\n'
                      '#include "pavlov/replay/a.h"\n',
      "agents/checkpoint.cpp": "#include <cereal/archives/binary.hpp>\n",
      "apps/options.h": ONCE + "#include <CLI/CLI.hpp>\nvoid bind(CLI::App& app);\n",
      "apps/main.cpp": '#include "pavlov/envs/catalog.h"\n#include <spdlog/spdlog.h>\n',
      "apps/bench.cpp": '#include "pavlov/bench/kernels/table.h"\n',
      "apps/viewer/a.cpp": "#include <SDL2/SDL.h>\n#include <cairo/cairo.h>\n"}, []),
    ({"nets/quiet.h": ONCE + '// #include "pavlov/apps/a.h", and torch::Tensor\n'
                      '/* #include <torch/torch.h>\n   hwy::x */\n'
                      'inline const char* a = "hwy::x // no comment";\n'
                      'inline const char* b = R"x(\n#include <torch/torch.h>)x";\n'
                      "inline int c = 1'000'000;  // at::x\n"
                      "namespace pavlov::nets { void format(std::format::at x); }\n"}, []),
    # Arrows.
    ({"kernels/a.cpp": '#include "pavlov/nets/a.h"\n'}, [("kernels/a.cpp", 1, "may not include")]),
    ({"envs/a.cpp": '\n#include "pavlov/agents/a.h"\n'}, [("envs/a.cpp", 2, "may not include")]),
    ({"nets/a.cpp": '#include "pavlov/replay/a.h"\n'}, [("nets/a.cpp", 1, "may not include")]),
    ({"replay/a.cpp": '#include "pavlov/nets/a.h"\n'}, [("replay/a.cpp", 1, "may not include")]),
    ({"replay/a.cu": '#include "pavlov/envs/vec_env.h"\n'}, [("replay/a.cu", 1, "may not include")]),
    ({"agents/a.cpp": '#include "pavlov/apps/a.h"\n'}, [("agents/a.cpp", 1, "may not include")]),
    ({"agents/a.cpp": '#include "pavlov/envs/catalog.h"\n#include "pavlov/envs/env.h"\n'},
     [("agents/a.cpp", 1, "only the contract"), ("agents/a.cpp", 2, "only the contract")]),
    ({"envs/vec_env.h": ONCE + '#include "pavlov/envs/env.h"\n'},
     [("envs/vec_env.h", 2, "the environment contract")]),
    ({"apps/a.cpp": '#include "pavlov/tests/a.h"\n#include "pavlov/bench/pair.h"\n'},
     [("apps/a.cpp", n, "in none of the folders") for n in (1, 2)]),
    ({"nets/a.cpp": '#include "pavlov/bench/kernels/table.h"\n'},
     [("nets/a.cpp", 1, "in none of the folders")]),
    # Owners.
    ({"envs/a.cpp": "#include <hwy/highway.h>\n"}, [("envs/a.cpp", 1, "Highway is included")]),
    ({"agents/a.cpp": "#include <cuda_runtime.h>\n"}, [("agents/a.cpp", 1, "CUDA is included")]),
    ({"envs/a.cpp": "#  include <oneapi/tbb/task_arena.h>\n"}, [("envs/a.cpp", 1, "oneTBB")]),
    ({"replay/a.cpp": "#include <tbb/task_arena.h>\n"}, [("replay/a.cpp", 1, "oneTBB")]),
    ({"kernels/cpu/a.h": ONCE + "#include <Eigen/Dense>\n"}, [("kernels/cpu/a.h", 2, "Eigen")]),
    ({"envs/acrobot/a.cpp": "#include <box2d/box2d.h>\n"}, [("envs/acrobot/a.cpp", 1, "Box2D")]),
    ({"nets/a.cpp": "#include <torch/torch.h>\n#include <ATen/ATen.h>\n#include <c10/x.h>\n"},
     [("nets/a.cpp", n, "LibTorch") for n in (1, 2, 3)]),
    ({"apps/a.cpp": "#include <torch/torch.h>\n"}, [("apps/a.cpp", 1, "LibTorch")]),
    ({"agents/dqn.cpp": "#include <cereal/cereal.hpp>\n"}, [("agents/dqn.cpp", 1, "cereal")]),
    ({"envs/a.cpp": "#include <nlohmann/json.hpp>\n"}, [("envs/a.cpp", 1, "nlohmann_json")]),
    ({"apps/a.h": ONCE + "#include <nlohmann/json.hpp>\n"}, [("apps/a.h", 2, "nlohmann_json")]),
    ({"agents/a.cpp": "#include <CLI/CLI.hpp>\n#include <spdlog/spdlog.h>\n#include <fmt/core.h>\n"
                      "#include <SDL2/SDL.h>\n#include <SDL.h>\n#include <imgui.h>\n"},
     [("agents/a.cpp", 1, "CLI11"), ("agents/a.cpp", 2, "spdlog"), ("agents/a.cpp", 3, "fmt"),
      ("agents/a.cpp", 4, "SDL"), ("agents/a.cpp", 5, "SDL"), ("agents/a.cpp", 6, "ImGui")]),
    ({"apps/a.cpp": "#include <SDL2/SDL.h>\n",
      "apps/viewer/a.h": ONCE + "#include <cairo/cairo.h>\n"},
     [("apps/a.cpp", 1, "SDL is included"), ("apps/viewer/a.h", 2, "Cairo is included")]),
    ({"apps/a.cpp": "#include <gtest/gtest.h>\n#include <benchmark/benchmark.h>\n"},
     [("apps/a.cpp", 1, "GoogleTest"), ("apps/a.cpp", 2, "Google Benchmark")]),
    ({"apps/a.cpp": "#include <boost/any.hpp>\n#include <zlib.h>\n"},
     [("apps/a.cpp", 1, "no library"), ("apps/a.cpp", 2, "no library")]),
    # Public headers.
    ({"kernels/a.h": ONCE + "#include <hwy/base.h>\n"}, [("kernels/a.h", 2, "a public header")]),
    ({"nets/torch/a.h": ONCE + "#include <torch/torch.h>\n"},
     [("nets/torch/a.h", 2, "a public header")]),
    ({"nets/a.h": ONCE + "namespace torch { class Tensor; }\nvoid f(const ::torch::Tensor&);\n"
                  "void g(at::Tensor);\nvoid h(pavlov::nets::torch::Ours);\n"},
     [("nets/a.h", 2, "namespace torch"), ("nets/a.h", 3, "torch::"), ("nets/a.h", 4, "at::")]),
    ({"kernels/a.h": ONCE + "void f(cudaStream_t s);\nEigen::MatrixXf m;\ntbb::task_arena* a;\n"
                     "hwy::float16_t h;\n#define X HWY_ALIGN\n"},
     [("kernels/a.h", n, "third-party name") for n in (2, 3, 4, 5, 6)]),
    ({"envs/a.h": ONCE + "class b2World;\nstruct SDL_Window;\n"},
     [("envs/a.h", 2, "b2World"), ("envs/a.h", 3, "SDL_Window")]),
    ({"agents/a.h": ONCE + "nlohmann::json a();\nvoid b(CLI::App&);\nspdlog::logger* c;\n"
                    "fmt::memory_buffer d;\ncereal::Archive* e;\n"},
     [("agents/a.h", n, "third-party name") for n in (2, 3, 4, 5, 6)]),
    # Spelling.
    ({"nets/a.cpp": '#include "a.h"\n#include "../kernels/a.h"\n#include "nets/a.h"\n'
                    '#include <pavlov/nets/a.h>\n#include "pavlov/nets/../apps/a.h"\n'},
     [("nets/a.cpp", 1, "quotes are for"), ("nets/a.cpp", 2, "quotes are for"),
      ("nets/a.cpp", 3, "quotes are for"), ("nets/a.cpp", 4, "in quotes"),
      ("nets/a.cpp", 5, "are included as")]),
    # Once.
    ({"nets/a.h": "int a;\n", "kernels/simd/a.h": "// #pragma once\n", "kernels/cuda/a.cuh": "\n"},
     [("kernels/cuda/a.cuh", 1, "#pragma once"), ("kernels/simd/a.h", 1, "#pragma once"),
      ("nets/a.h", 1, "#pragma once")]),
]


def self_test():
    """Number of cases that went wrong."""
    failures = 0
    for files, expected in CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8")
            count, found = check_tree(root)
        as_expected = count == len(files) and len(found) == len(expected) and all(
            line.startswith(f"{path}:{number}: ") and part in line
            for line, (path, number, part) in zip(found, expected))
        if not as_expected:
            failures += 1
            print(f"self-test: in {files}\n  expected {expected}\n  found    {found}")
    return failures


def main(arguments):
    if arguments == ["--self-test"]:
        failures = self_test()
        print(f"check_includes: {len(CASES) - failures} of {len(CASES)} trees judged rightly")
        return 1 if failures else 0
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).parents[2]
    files, breaches = check_tree(root)
    for breach in breaches:
        print(breach)
    if files == 0:
        print(f"check_includes: {root} holds no source of ours", file=sys.stderr)
        return 1
    print(f"check_includes: {files} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
