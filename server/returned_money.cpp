#include "server/returned_money.h"

#include <algorithm>
#include <set>

#include "host/unbooked_money.h"
#include "server/imported_case.h"
#include "server/op_draft.h"
#include "server/stored_claims.h"

namespace relance::server {
namespace {

constexpr std::string_view kLettered =
    "SELECT e.id, e.amount_cents, k.id, coalesce(k.state, '') FROM entry e"
    " LEFT JOIN claim k ON k.entry_id = e.id"
    " WHERE e.case_id = ?1 AND e.settled = 1 AND e.letter ="
    "  (SELECT letter FROM entry WHERE id = ?2 AND settled = 1) ORDER BY e.booked_on, e.id";

struct Lettered {
  Id entry;
  std::int64_t cents = 0;
  std::optional<Id> settled_claim;
};

// Of the lines that bear the letter of `entry` those that were matched with it: years use the same letters again, and
// each use sums to zero.
std::vector<Lettered> matched_with(sql::Connection& db, const Id& case_id, const Id& entry) {
  std::vector<Lettered> run;
  std::int64_t sum = 0;
  bool is_in = false;
  sql::Query q(db, kLettered, case_id, entry);
  while (q.next()) {
    run.push_back({.entry = q.id(0),
                   .cents = q.integer(1),
                   .settled_claim = q.view(3) == "settled" ? q.maybe_id(2) : std::nullopt});
    sum += q.integer(1);
    is_in = is_in || run.back().entry == entry;
    if (sum != 0) continue;
    if (is_in) return run;
    run.clear();
  }
  return is_in ? run : std::vector<Lettered>{};
}

}  // namespace

std::vector<UnshownReturn> unshown_returns(sql::Connection& db, const std::optional<Id>& creditor,
                                           const std::optional<Id>& case_id) {
  std::vector<UnshownReturn> out;
  sql::Query q(
      db,
      "SELECT u.case_id, a.entry_id, u.id, coalesce(u.paid_on, ''), 0 - u.cents FROM " +
          std::string(kUnbookedMoney) +
          " u JOIN payment b ON b.id = u.id JOIN case_file c ON c.id = u.case_id"
          " JOIN allocation a ON a.payment_id = b.amends_id AND a.entry_id IS NOT NULL AND a.undone = 0"
          " WHERE u.cents < 0 AND (?1 IS NULL OR c.creditor_id = ?1) AND (?2 IS NULL OR u.case_id = ?2)"
          " ORDER BY u.case_id, u.id, a.entry_id",
      creditor, case_id);
  while (q.next())
    out.push_back({.case_id = q.id(0),
                   .entry = q.id(1),
                   .returned = q.id(2),
                   .returned_on = q.text(3),
                   .cents = q.integer(4)});
  return out;
}

OpenedAgain open_what_came_back(sql::Connection& db, const std::optional<Id>& creditor,
                                const std::optional<Id>& case_id, EditBatch& edits) {
  OpenedAgain out;
  std::set<Id> cases;
  if (case_id) cases.insert(*case_id);
  for (const UnshownReturn& one : unshown_returns(db, creditor, case_id)) {
    cases.insert(one.case_id);
    for (const Lettered& line : matched_with(db, one.case_id, one.entry)) {
      edits.add(OpDraft(sync::OpKind::update, "entry", line.entry)
                    .set("settled", std::int64_t{0}, std::int64_t{1})
                    .take());
      if (!line.settled_claim) continue;
      ++out.claims;
      edits.add(OpDraft(sync::OpKind::update, "claim", *line.settled_claim)
                    .set("state", Value{std::string("open")}, Value{std::string("settled")})
                    .take());
    }
    edits.flush();
  }
  for (const Id& id : cases) {
    const auto now = stage_of(db, id);
    if (!now || !now->is_closed()) continue;
    const AccountStanding standing = standing_of_case(db, id).account;
    const CaseStage to = stage_after(*now, standing, "amicable", now->closed_reason, false);
    auto op = stage_op(id, *now, to);
    if (!op) continue;
    ++out.cases;
    edits.add(std::move(*op));
  }
  edits.flush();
  return out;
}

}  // namespace relance::server
