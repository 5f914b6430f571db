// Legal holds: nothing of a case is erased while one stands, whatever any rule of retention says. A hold ends by two
// persons; a review that is overdue is an alarm and never a release. All writing is in the Work that is open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/civil_date.h"
#include "server/ledger.h"

namespace relance::server {

struct HoldLine {
  Id id, case_id;
  std::string number, reason, authority, valid_from, review_on, reviewed_on, lift_asked_by, lift_asked_on,
      lift_reason, lifted_on;
  bool is_review_over = false;
};
/// By their review. `only_standing`: without those that were lifted.
[[nodiscard]] std::vector<HoldLine> legal_holds(sql::Connection& db, CivilDate today, bool only_standing);

struct HoldMade {
  Id case_id;
  std::string reason, authority;
  CivilDate valid_from, review_on;
};
/// The case is marked in the same commit. Failure(usage) for a review before the first day.
[[nodiscard]] Id add_hold(Ledger& ledger, const Author& author, const HoldMade& made);
/// It was looked at again and stands on, until `next`. Failure{not_found, refused, usage}.
void review_hold(Ledger& ledger, const Author& author, const Id& hold, CivilDate today, CivilDate next);

enum class Lifting { asked, lifted };
/// The first person asks, another lifts: then, with the last hold, the case loses its mark. Failure{not_found,
/// refused}.
[[nodiscard]] Lifting lift_hold(Ledger& ledger, const Author& author, const Id& hold,
                                const std::string& reason, CivilDate today);

}  // namespace relance::server
