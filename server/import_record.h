// What the imports of files have alike, whatever the file: their row in import_batch, what is asked of their options,
// and how a file that is refused is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/clock.h"
#include "host/digest.h"
#include "host/sql.h"

namespace relance::server {

/// Terms beyond this many days are a slip of the hand.
inline constexpr std::int64_t kTermsDaysMax = 365;

/// Failure{usage} for a creditor's name or terms that cannot be.
void require_creditor_and_terms(const std::string& creditor, const std::optional<std::int64_t>& terms_days);

/// The row of one import: what it made points to it.
struct ImportRecord {
  Id id, creditor_id, staff_id;
  std::string format;
  Digest hash{};  // of the file
  Ms happened_at = 0;
  std::int64_t lines_read = 0, lines_kept = 0, entries_added = 0;
};
void write_import_record(sql::Connection& db, const ImportRecord& record);

/// The first of `count` sentences about what is wrong with a file, for the one sentence of a failure.
[[nodiscard]] std::string first_sentences(const std::vector<std::string>& sentences, std::uint64_t count);

template <class Problem>
std::string first_problems(const std::vector<Problem>& problems, std::uint64_t count) {
  std::vector<std::string> sentences;
  for (const Problem& one : problems) sentences.push_back(problem_sentence(one));
  return first_sentences(sentences, count);
}

}  // namespace relance::server
