// Contests: both sides of a row as one object, made when the row is first timed, so that a filtered
// run does not wait for the others. Who makes a contest plays both sides first: to a typical state,
// and until they are seen to agree.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

#include "pavlov/bench/pair.h"

namespace pavlov::bench {

// The row whose sides are candidate(*contest) and baseline(*contest), contest = make(): a
// unique_ptr. Where the row goes by the clock, every call is timed for itself.
template <class Make, class Candidate, class Baseline>
void add_contest(const Row& row, Make make, Candidate candidate, Baseline baseline) {
  const auto contest = std::make_shared<std::invoke_result_t<Make>>();
  const auto body = [&](auto play) -> Body {
    return [contest, make, play, by_the_clock = row.by_the_clock](benchmark::State& state) {
      if (*contest == nullptr) *contest = make();
      if (!by_the_clock) {
        for (auto _ : state) {
          play(**contest);
          benchmark::ClobberMemory();
        }
        return;
      }
      for (auto _ : state) {
        const auto begin = std::chrono::steady_clock::now();
        play(**contest);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
        state.SetIterationTime(seconds.count());
      }
    };
  };
  add_pair(row, body(candidate), body(baseline));
}

template <class T>
bool same_bytes(std::span<const T> a, std::span<const T> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

// Ends the program: the sides of a row differ.
[[noreturn]] inline void fail(const std::string& name, std::size_t n, int step) {
  std::fprintf(stderr, "%s, N = %zu: the sides differ in step %d\n", name.c_str(), n, step);
  std::exit(1);
}

}  // namespace pavlov::bench
