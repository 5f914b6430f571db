#include "server/row_law.h"

#include "rules/court_deadlines.h"
#include "server/rows.h"

namespace relance::server {
namespace {

constexpr std::string_view kTitle =
    "SELECT id FROM limitation_event WHERE case_id = ?1 AND act = 'title' AND verified = 1 AND undone = 0";

bool is_set(const schema::Table& t, const Row& row, std::string_view column) {
  return value_of(t, row, column) == Value{std::int64_t{1}};
}

bool is_closed_blindly(const schema::Table& t, const Row& task) {
  return relance::lacks_result(is_set(t, task, "legal"), text_of(t, task, "state"),
                               is_set(t, task, "withdrawn"), text_of(t, task, "result"));
}

bool is_charge(const schema::Table& t, const Row& entry) {
  return text_of(t, entry, "kind") == "charge" && text_of(t, entry, "label") != kIndemnityLabel;
}

}  // namespace

std::string_view law_broken(sql::Connection& db, const schema::Table& table, const std::optional<Row>& before,
                            const Row& after) {
  if (table.name == "task" && is_closed_blindly(table, after) &&
      !(before && is_closed_blindly(table, *before)))
    return kResultMissing;
  if (table.name == "entry" && is_charge(table, after) && !(before && is_charge(table, *before))) {
    const auto case_id = id_of(table, after, "case_id");
    if (!case_id || !sql::id(db, kTitle, *case_id)) return kNoTitle;
  }
  return {};
}

}  // namespace relance::server
