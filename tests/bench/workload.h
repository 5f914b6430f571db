// W-1000: an agent's 1,000 cases of 19 rows (1 case, 1 debtor, 3 claims, 8 contact events with a French note of
// 120 characters, a plan of 4 instalments, 1 payment), and the edits that agents make on them. The same seed, the
// same rows: ids are UUIDs of version 7 whose random part comes from the seed.
#pragma once

#include <string>
#include <vector>

#include "host/clock.h"
#include "host/sql.h"
#include "sync/mutation.h"

namespace relance::bench {

inline constexpr std::size_t kRowsOfCase = 19;

/// Splitmix64.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;
  [[nodiscard]] std::uint64_t next();
  [[nodiscard]] std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

 private:
  std::uint64_t state_;
};

/// A note of exactly 120 characters (more bytes: French has accents), from phrases as agents type them.
[[nodiscard]] std::string french_note(SeededRandom& random);

struct CaseIds {
  Id case_id, debtor_id;
};

/// An agent of the office and the cases that he holds.
struct AgentCases {
  Id staff_id;
  std::vector<CaseIds> cases;
};

/// Fills an office made by server::create_office with one agent for each of `cases_of_agent`: rows, their
/// history and
/// feeds as the ledger would have written them. One commit an agent.
[[nodiscard]] std::vector<AgentCases> fill_office(sql::Connection& db, SeededRandom& random,
                                                  const std::vector<int>& cases_of_agent);

/// The rules of an office, and two of its people: one plans a purge, the other approves it.
struct Clerks {
  Id first, second;
};
[[nodiscard]] Clerks add_clerks(sql::Connection& db, SeededRandom& random);

/// What an office of many years holds: persons with one case each, of eight rows (debtor, telephone, case, assignment,
/// claim, invoice and payment of the ledger, contact event with a French note) and a line of history for each row. One
/// case in ten is held by an agent today.
struct Archive {
  std::int64_t cases = 0;
  /// Spread over the cases: closed and paid so long ago that every rule lets them go. Each was held by an agent, whose
  /// device may have it still.
  std::int64_t over = 0;
  std::vector<Id> holders, devices;  // agents and a device of each, in the same order
};
/// Commits every ten thousand cases.
[[nodiscard]] Clerks fill_archive(sql::Connection& db, SeededRandom& random, const Archive& archive);

/// The k-th edit of an agent's day on these cases: of ten, seven contacts, two updates, one promise.
/// Updates come without `before`: whoever edits fills it in from what he sees.
[[nodiscard]] sync::Op field_edit(const AgentCases& agent, std::size_t k, SeededRandom& random, Ms now);
[[nodiscard]] std::string_view intent_of(const sync::Op& op);

}  // namespace relance::bench
