// An agent's edit as a value: row operations that carry the old and the new value of every changed column.
// Nouns only; merging is in merge.h, the wire form in codec.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "schema/lookup.h"
#include "schema/value.h"

namespace relance::sync {

enum class OpKind : std::uint8_t { insert, update };

struct Change {
  std::size_t column = 0;  // index into table->columns
  Value before;            // what the author saw; unused by an insert
  Value after;
};

struct Op {
  OpKind kind = OpKind::insert;
  const schema::Table* table = nullptr;
  Id row;
  std::vector<Change> changes;

  /// The change of a column, or null.
  [[nodiscard]] const Change* find(std::size_t column) const;
  [[nodiscard]] const Change* find(std::string_view column) const;
};

/// The state that the author was shown when he made the edit.
struct Seen {
  Id epoch;
  std::int64_t cursor = 0;
};

struct Mutation {
  std::int64_t n = 0;  // 1, 2, 3 … on its device
  Ms at = 0;           // corrected time of the edit
  Seen seen;
  std::string intent;  // "promise.record": what the author meant; a code
  std::vector<Op> ops;

  std::string voided;  // "refused" or "erased": recorded, never executed (a restored server hears of it)
  Bytes voided_hash;
  std::string damage;  // why its operations could not be read: it is refused alone, those after it go on
  std::string raw;     // then: what came, as JSON, so that quarantine keeps it to the letter
};

/// The canonical bytes of a mutation, for its hash: numbers, times and values by length and kind, so that
/// no JSON writer's habits matter. The same on the device and on the server.
[[nodiscard]] std::string canonical_bytes(const Mutation& mutation);

/// The canonical bytes of one row over the served columns of `version`, for verify.
[[nodiscard]] std::string canonical_bytes(const schema::Table& table, const Row& row, int version);

/// Appends one value to canonical bytes: kind, length, content.
void append_canonical(std::string& out, const Value& value);

/// Reads back what append_canonical wrote for a whole row (the replica's shadows are kept so).
/// Nothing when the bytes are damaged.
[[nodiscard]] std::optional<Row> read_canonical_row(std::string_view bytes, std::size_t columns);
[[nodiscard]] std::string write_canonical_row(const Row& row);

// ---- outcomes ------------------------------------------------------------------------------------------------

enum class Status : std::uint8_t { applied, merged, conflict, refused, erased, quarantined, duplicate };

[[nodiscard]] std::string_view name_of(Status status);
[[nodiscard]] std::optional<Status> parse_status(std::string_view name);

/// Stable codes of a refusal; each has its sentence in host/texts.
namespace reason {
inline constexpr std::string_view not_permitted = "not_permitted";  // the column is not the author's to write
inline constexpr std::string_view not_holder = "not_holder";    // the case is not the author's, and he knew
inline constexpr std::string_view late = "late";                // merged: it came after the case had moved on
inline constexpr std::string_view restricted = "restricted";    // processing of the case is restricted
inline constexpr std::string_view late_update = "late_update";  // refused: kept for the new holder
inline constexpr std::string_view unknown_row = "unknown_row";  // the row does not exist here
inline constexpr std::string_view depends_on_refused = "depends_on_refused";  // it builds on a refused edit
inline constexpr std::string_view bad_value = "bad_value";              // a value does not fit its column
inline constexpr std::string_view id_taken = "id_taken";                // an insert of a row that exists
inline constexpr std::string_view conflict_closed = "conflict_closed";  // somebody else has resolved it
inline constexpr std::string_view too_large = "too_large";              // over 256 KiB or 1,000 operations
inline constexpr std::string_view contradicts = "contradicts";          // a unique value is taken
inline constexpr std::string_view refused_before =
    "refused_before";                                     // by this office, before it was restored
inline constexpr std::string_view internal = "internal";  // a rule failed on it: reported to the office
}  // namespace reason

struct Outcome {
  std::int64_t n = 0;
  Status status = Status::applied;
  std::string reason;
  std::vector<Id> conflicts;
};

}  // namespace relance::sync
