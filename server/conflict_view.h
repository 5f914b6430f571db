// The office's inbox: units of rows on which a person has to choose, with every value that was written, by whom
// and when; and the edit that a choice becomes.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "server/ledger.h"

namespace relance::server {

struct ConflictSide {
  Id id;
  bool is_current = false;  // what the row held when the edits met
  std::string author;       // name
  Ms edited_at = 0;
  std::vector<Value> values;  // of the unit's columns, in order
};

struct ConflictEntry {
  Id id, row;
  const schema::Table* table = nullptr;
  const schema::Unit* unit = nullptr;
  bool is_late = false;     // an edit that came after its author had lost the case
  std::string case_number;  // empty: a debtor of several cases
  Ms opened_at = 0;
  std::vector<Value> held;          // what the row holds now
  std::vector<ConflictSide> sides;  // the current value first, then the proposed ones, oldest first
};

/// The open conflicts, oldest first: one entry a row and unit.
[[nodiscard]] std::vector<ConflictEntry> open_conflicts(sql::Connection& db);

/// What `--take` names: `current`, `proposed` (where only one is), a side's id, or column=value of the unit.
struct ConflictChoice {
  std::string_view resolution;  // current, proposed or other
  std::vector<Value> values;
};
/// Failure{usage} for what is none of these.
[[nodiscard]] ConflictChoice choose(const ConflictEntry& conflict, const std::vector<std::string>& take);

/// The mutation that closes the conflict and writes the choice over what the person saw.
[[nodiscard]] std::vector<sync::Op> resolution_ops(const ConflictEntry& conflict,
                                                   const ConflictChoice& choice);

[[nodiscard]] boost::json::object conflict_json(const ConflictEntry& conflict);
[[nodiscard]] std::string conflict_text(const ConflictEntry& conflict);

}  // namespace relance::server
