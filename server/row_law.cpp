#include "server/charge_rule.h"

#include "host/failure.h"
#include "server/rows.h"

namespace relance::server {
namespace {

constexpr std::string_view kTitle =
    "SELECT id FROM limitation_event WHERE case_id = ?1 AND act = 'title' AND verified = 1 AND undone = 0";

std::optional<Id> case_of(sql::Connection& db, const sync::Op& op) {
  if (const sync::Change* given = op.find("case_id"))
    if (const Id* id = std::get_if<Id>(&given->after)) return *id;
  return sql::id(db, "SELECT case_id FROM entry WHERE id = ?1", op.row);
}

}  // namespace

void require_title_for_charge(sql::Connection& db, const sync::Op& op) {
  if (op.table->name != "entry") return;
  const sync::Change* kind = op.find("kind");
  if (kind == nullptr || kind->after != Value{std::string("charge")}) return;
  const auto case_id = case_of(db, op);
  if (case_id && sql::id(db, kTitle, *case_id)) return;
  throw Failure(Code::refused,
                "Costs of collection stay with the creditor while there is no enforceable title (CPCE "
                "L111-8): the case "
                "has none that the office has verified. Nothing was stored.");
}

}  // namespace relance::server
