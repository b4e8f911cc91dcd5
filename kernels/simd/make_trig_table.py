#!/usr/bin/env python3
"""Writes trig_table.h: sine and cosine of k/128 in two doubles each, as the C library holds them.

    python3 kernels/simd/make_trig_table.py           writes the header beside this script
    python3 kernels/simd/make_trig_table.py --check   exits with 1 where the header differs

Row k = (sn, ssn, cs, ccs): sn is the double nearest to sin(k/128), ssn the double nearest to
sin(k/128) - sn, the same for the cosine. Computed with 400-bit integers, because quadruple precision
is too tight for the low parts.
"""
import pathlib
import struct
import sys

ROWS = 110
BITS = 400
ONE = 1 << BITS

# The library's own table has rounding noise in 18 of its low parts: what to add to the bit pattern.
SSN_CORRECTION = {row: 1 for row in (2, 10, 27, 33, 34, 36, 75, 85, 94, 107)}
SSN_CORRECTION.update({40: -2, 90: -2, 23: 39})
CCS_CORRECTION = {26: 1, 44: 1, 70: 1, 79: 1, 75: -2}


def sin_cos(k):
    """sin(k/128), cos(k/128) as integers scaled by 2^BITS, by their Taylor series."""
    x = ONE * k // 128
    term, power, sums = ONE, 0, [0, 0]
    while term:
        # Powers 0, 1, 2, 3 go to cos, sin, -cos, -sin.
        sums[power % 2] += term if power % 4 < 2 else -term
        power += 1
        term = term * x // (ONE * power)
    return sums[1], sums[0]


def nearest_double(value):
    """The double nearest to value / 2^BITS, ties to even."""
    if value == 0:
        return 0.0
    sign, magnitude = (-1, -value) if value < 0 else (1, value)
    shift = magnitude.bit_length() - 53
    if shift > 0:
        mantissa, rest, half = magnitude >> shift, magnitude & ((1 << shift) - 1), 1 << (shift - 1)
        if rest > half or (rest == half and mantissa & 1):
            mantissa += 1
    else:
        mantissa = magnitude << -shift
    return sign * float(mantissa) * 2.0 ** (shift - BITS)


def as_integer(value):
    """A double, exactly, scaled by 2^BITS."""
    numerator, denominator = value.as_integer_ratio()
    return numerator * ONE // denominator


def add_to_bits(value, amount):
    bits = struct.unpack("<q", struct.pack("<d", value))[0]
    return struct.unpack("<d", struct.pack("<q", bits + amount))[0]


def row(k):
    sine, cosine = sin_cos(k)
    sn, cs = nearest_double(sine), nearest_double(cosine)
    ssn, ccs = nearest_double(sine - as_integer(sn)), nearest_double(cosine - as_integer(cs))
    return (sn, add_to_bits(ssn, SSN_CORRECTION.get(k, 0)),
            cs, add_to_bits(ccs, CCS_CORRECTION.get(k, 0)))


def header():
    rows = [row(k) for k in range(ROWS)]
    lines = [
        "// Sine and cosine of k/128. Written by make_trig_table.py: change that, not this.",
        "#pragma once",
        "",
        "// clang-format off",
        "// Row k: sn, ssn, cs, ccs; sin(k/128) = sn + ssn and cos(k/128) = cs + ccs.",
        "#define PAVLOV_TRIG_ROWS \\",
    ]
    for k, values in enumerate(rows):
        ending = ", \\" if k + 1 < ROWS else ""
        lines.append("  {" + ", ".join(v.hex() for v in values) + "}" + ending)
    lines += [
        "",
        "// The first 32 rows by columns, for lookups in registers (|x| < 31.5/128).",
        "#define PAVLOV_TRIG_COLUMNS \\",
    ]
    for column in range(4):
        ending = ", \\" if column < 3 else ""
        values = ", ".join(rows[k][column].hex() for k in range(32))
        lines.append("  {" + values + "}" + ending)
    lines += [
        "// clang-format on",
        "",
        "namespace pavlov::kernels {",
        "",
        f"inline constexpr int kTrigRows = {ROWS};",
        "// Padded with zeros, so that any seven bits are a valid index.",
        "alignas(64) inline constexpr double kTrigTable[128][4] = {PAVLOV_TRIG_ROWS};",
        "alignas(64) inline constexpr double kTrigColumns[4][32] = {PAVLOV_TRIG_COLUMNS};",
        "#if defined(__CUDACC__)",
        "static __device__ const double kTrigTableDevice[128][4] = {PAVLOV_TRIG_ROWS};",
        "#endif",
        "",
        "}  // namespace pavlov::kernels",
        "",
        "#undef PAVLOV_TRIG_ROWS",
        "#undef PAVLOV_TRIG_COLUMNS",
        "",
    ]
    return "\n".join(lines)


def main():
    path = pathlib.Path(__file__).with_name("trig_table.h")
    if "--check" in sys.argv[1:]:
        if path.read_text() != header():
            sys.exit(f"{path} is not what make_trig_table.py writes")
    else:
        path.write_text(header())


if __name__ == "__main__":
    main()
