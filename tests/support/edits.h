// Random rows and edits, made from the schema's declaration alone: a table added there is tested here without
// a line more. What is made is mostly what its author may do, and sometimes what he may not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "sync/mutation.h"
#include "tests/support/chance.h"

namespace relance::test {

/// The schema version that a replica or an office says it has.
[[nodiscard]] int schema_of(sql::Connection& db);

/// Makes edits for one author out of what one database (a replica or the office's) shows him.
class Edits {
 public:
  Edits(sql::Connection& db, schema::Side side, schema::Writers role, SeededRandom& random,
        const Clock& clock)
      : db_(db), side_(side), role_(role), random_(random), clock_(clock), version_(schema_of(db)) {}

  /// One to three operations; empty when nothing could be made (an empty replica).
  [[nodiscard]] std::vector<sync::Op> some();
  /// Closes a conflict and writes a value for its unit, as a person does; empty when there is no conflict.
  [[nodiscard]] std::vector<sync::Op> resolution();
  /// A value that fits the column, mostly.
  [[nodiscard]] Value value(const schema::Column& column, const std::optional<Id>& case_id);

  /// Of a hundred choices, how many should be ones that a rule refuses.
  int naughty = 4;

 private:
  [[nodiscard]] std::optional<sync::Op> insert();
  [[nodiscard]] std::optional<sync::Op> update();
  [[nodiscard]] std::optional<Id> pick(const schema::Table& table, const std::optional<Id>& case_id);
  [[nodiscard]] bool chance(int in_a_hundred) {
    return random_.below(100) < static_cast<std::size_t>(in_a_hundred);
  }

  sql::Connection& db_;
  schema::Side side_;
  schema::Writers role_;
  SeededRandom& random_;
  const Clock& clock_;
  int version_;  // of the database: a replica may be of an older one
};

/// A row of `table` as its side reads it, served columns only (the others are null), in declared order.
[[nodiscard]] std::optional<Row> served_row(sql::Connection& db, const schema::Table& table, const Id& id);

}  // namespace relance::test
