// Why a file was not taken in: told alike by every command that reads one, with the places, never with their content.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "server/command_context.h"

namespace relance::server {

/// One place of a file and what is wrong there.
struct RefusedPlace {
  std::uint64_t line = 0;  // 0: the file as a whole
  std::string column;      // empty: the whole line
  std::string what, sentence;
};

struct RefusedFile {
  std::vector<RefusedPlace> places;  // the first ones
  std::uint64_t count = 0;           // of all
};

/// Of what a reader found: problems (or notices) that have a line, a sentence and perhaps a column.
template <class Problem>
std::vector<RefusedPlace> places_of(const std::vector<Problem>& problems) {
  std::vector<RefusedPlace> out;
  for (const Problem& one : problems) {
    RefusedPlace place{.line = one.line, .column = {}, .what = one.what, .sentence = problem_sentence(one)};
    if constexpr (requires { one.column; }) place.column = one.column;
    out.push_back(std::move(place));
  }
  return out;
}

template <class File>
RefusedFile refused_file(const File& file) {
  return {.places = places_of(file.problems), .count = file.problem_count};
}

/// [{"line": 3, "column": "Debit" or null, "why": "is not an amount"}]
[[nodiscard]] boost::json::array places_json(std::span<const RefusedPlace> places);

/// Tells the failure with the places of the file, as JSON too where that was asked for. The exit code.
int tell_refused(const CommandContext& context, const Failure& failure, const RefusedFile& file);

}  // namespace relance::server
