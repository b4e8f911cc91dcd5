#!/usr/bin/env python3
"""Writes square_table.h: the tables of the C library's pow and powf, as far as squares read them.

    python3 kernels/simd/make_square_table.py           writes the header beside this script
    python3 kernels/simd/make_square_table.py --check   exits with 1 where the header differs

Row i of the logarithm: with `mid` the middle of the i-th of 128 intervals from 0x1.69555p-1 on,
invc = 1/mid rounded to a multiple of 1/128 (of 1/256 from mid = 1 on), logc = log(1/invc) rounded to
a multiple of 2^-43, logt = the double nearest to the rest. Row j of the exponential: 2^(j/128) as the
nearest double and the relative rest. powf has a logarithm of its own, to base 2, of 16 rows: its
invc are those that the library chose (glibc sysdeps/ieee754/flt-32/e_powf_log2_data.c), its logc the
double nearest to log2(1/invc). Computed with 300-bit integers.
"""
import pathlib
import struct
import sys

BITS = 300
ONE = 1 << BITS
FIRST = 0x3fe6955500000000  # representation of the lower end of interval 0
STEP = 1 << 45              # 2^-7 of a mantissa
FLOAT_INVC = (
    "0x1.661ec79f8f3bep+0", "0x1.571ed4aaf883dp+0", "0x1.49539f0f010b0p+0", "0x1.3c995b0b80385p+0",
    "0x1.30d190c8864a5p+0", "0x1.25e227b0b8ea0p+0", "0x1.1bb4a4a1a343fp+0", "0x1.12358f08ae5bap+0",
    "0x1.0953f419900a7p+0", "0x1.0000000000000p+0", "0x1.e608cfd9a47acp-1", "0x1.ca4b31f026aa0p-1",
    "0x1.b2036576afce6p-1", "0x1.9c2d163a1aa2dp-1", "0x1.886e6037841edp-1", "0x1.767dcf5534862p-1")


def double_of(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


def as_integer(value):
    """A double, exactly, scaled by 2^BITS."""
    numerator, denominator = value.as_integer_ratio()
    return numerator * ONE // denominator


def rounded(value, shift):
    """value / 2^shift to the nearest integer, ties to even."""
    quotient, rest, half = value >> shift, value & ((1 << shift) - 1), 1 << (shift - 1)
    return quotient + (rest > half or (rest == half and quotient & 1))


def nearest_double(value):
    """The double nearest to value / 2^BITS, ties to even."""
    if value == 0:
        return 0.0
    sign, magnitude = (-1, -value) if value < 0 else (1, value)
    shift = magnitude.bit_length() - 53
    mantissa = rounded(magnitude, shift) if shift > 0 else magnitude << -shift
    return sign * float(mantissa) * 2.0 ** (shift - BITS)


def logarithm(numerator, denominator):
    """log(numerator/denominator) scaled by 2^BITS: 2 artanh of (n - d)/(n + d)."""
    z = ONE * (numerator - denominator) // (numerator + denominator)
    square, power, total, k = z * z >> BITS, z, 0, 1
    while power:
        total += power // k
        power = power * square >> BITS
        if power == -1:  # the shift of a negative number never reaches zero
            break
        k += 2
    return 2 * total


def exponential(x):
    """e^x of a number scaled by 2^BITS."""
    term, total, k = ONE, 0, 1
    while term:
        total += term
        term = term * x // (ONE * k)
        k += 1
    return total


def log_row(i):
    mid = double_of(FIRST + i * STEP + STEP // 2)
    numerator, denominator = mid.as_integer_ratio()
    scale = 128 if mid < 1 else 256
    # round(scale / mid) / scale; never a tie.
    inverse = (2 * scale * denominator + numerator) // (2 * numerator)
    log_c = logarithm(scale, inverse)
    shift = BITS - 43
    high = rounded(log_c, shift)
    return inverse / scale, high * 2.0 ** -43, nearest_double(log_c - (high << shift))


def exp_row(j):
    exact = exponential(logarithm(2, 1) * j // 128)
    high = nearest_double(exact)
    rest = nearest_double(exact * ONE // as_integer(high) - ONE) if j > 0 else 0.0
    return high, rest


def float_log_row(text):
    invc = float.fromhex(text)
    numerator, denominator = invc.as_integer_ratio()
    return invc, nearest_double(logarithm(denominator, numerator) * ONE // logarithm(2, 1))


def table(name, rows):
    lines = [f"#define {name} \\"]
    for k, values in enumerate(rows):
        ending = ", \\" if k + 1 < len(rows) else ""
        lines.append("  {" + ", ".join(v.hex() for v in values) + "}" + ending)
    return lines + [""]


def header():
    lines = [
        "// Logarithms and powers of two for pow(x, 2) and powf(x, 2). Written by make_square_table.py:",
        "// change that, not this.",
        "#pragma once",
        "",
        "// clang-format off",
        "// Row i: invc, logc, logt; log(1/invc) = logc + logt.",
        *table("PAVLOV_LOG_ROWS", [log_row(i) for i in range(128)]),
        "// Row j: 2^(j/128) = eh (1 + et).",
        *table("PAVLOV_EXP_ROWS", [exp_row(j) for j in range(128)]),
        "// Row i of powf: invc, logc; log2(1/invc) = logc.",
        *table("PAVLOV_FLOAT_LOG_ROWS", [float_log_row(text) for text in FLOAT_INVC]),
        "// clang-format on",
        "",
        "namespace pavlov::kernels {",
        "",
        "alignas(64) inline constexpr double kLogTable[128][3] = {PAVLOV_LOG_ROWS};",
        "alignas(64) inline constexpr double kExpTable[128][2] = {PAVLOV_EXP_ROWS};",
        "alignas(64) inline constexpr double kFloatLogTable[16][2] = {PAVLOV_FLOAT_LOG_ROWS};",
        "#if defined(__CUDACC__)",
        "static __device__ const double kLogTableDevice[128][3] = {PAVLOV_LOG_ROWS};",
        "static __device__ const double kExpTableDevice[128][2] = {PAVLOV_EXP_ROWS};",
        "static __device__ const double kFloatLogTableDevice[16][2] = {PAVLOV_FLOAT_LOG_ROWS};",
        "#endif",
        "",
        "}  // namespace pavlov::kernels",
        "",
        "#undef PAVLOV_LOG_ROWS",
        "#undef PAVLOV_EXP_ROWS",
        "#undef PAVLOV_FLOAT_LOG_ROWS",
        "",
    ]
    return "\n".join(lines)


def main():
    path = pathlib.Path(__file__).with_name("square_table.h")
    if "--check" in sys.argv[1:]:
        if path.read_text() != header():
            sys.exit(f"{path} is not what make_square_table.py writes")
    else:
        path.write_text(header())


if __name__ == "__main__":
    main()
