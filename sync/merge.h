// Merging: what becomes of one unit of one row when an edit arrives. Pure; used by the server when it applies
// and by the replica when it lays unsent edits over new rows. docs/protocol.md, "Merge policy".
//
// Promises, each a property test of the same words (tests/unit/merge_test.cpp, tests/scenario):
//   - applying a mutation twice equals once;
//   - the result does not depend on how mutations were batched;
//   - no value vanishes without a verdict that says where it went.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "sync/mutation.h"

namespace relance::sync {

/// What happened to the unit. Each verdict has one place where the other value is found.
enum class Verdict : std::uint8_t {
  same,      // the row holds the edit's value already: nothing to do
  taken,     // nobody else had changed it: the edit's value is written
  joined,    // both had changed it: `value` settles it and is written; the former value is in history
  lost,      // both had changed it: the row keeps its value; the edit's is in history
  conflict,  // a person decides: the row keeps its value; the edit's is in a conflict
};

/// Orders edits of `latest`: time, then device, then number. Never used to detect a conflict, only to settle one.
struct EditStamp {
  Ms at = 0;
  Id device;
  std::int64_t n = 0;
  friend auto operator<=>(const EditStamp&, const EditStamp&) = default;
};

struct UnitEdit {
  const schema::Table* table = nullptr;
  const schema::Unit* unit = nullptr;
  std::vector<std::size_t> columns;  // those of the unit that the edit carries, in declared order
  std::vector<Value> base;           // what the author saw, one for each of `columns`
  std::vector<Value> mine;           // what he wrote
  std::vector<Value> current;        // what the row holds now
};

struct Merged {
  Verdict verdict = Verdict::same;
  std::vector<Value> value;  // what to write where the verdict is taken or joined
};

/// Merges one unit.
///
/// `mine_at`: the edit's stamp. `current_at`: asked only by policy `latest`, and only when both changed: it may
/// read history.
/// `from_office`: whether the author is of the office (policy `office`).
/// A unit of policy `fixed` must not arrive here: the caller refuses it first.
[[nodiscard]] Merged merge_unit(const UnitEdit& edit, const EditStamp& mine_at,
                                const std::function<EditStamp()>& current_at, bool from_office);

/// Cuts an update into its units. `current` is the whole row.
[[nodiscard]] std::vector<UnitEdit> units_of(const Op& op, const Row& current);

/// A set column: "a b c", sorted, one blank between, none twice.
[[nodiscard]] std::vector<std::string> members_of(const Value& set);
[[nodiscard]] Value set_of(std::vector<std::string> members);

}  // namespace relance::sync
