// What a letter may say about a case, and whether it may be written, read from the office's database; what follows is
// decided in rules/ (letter_text.h, letter_schedule.h). Reads only.
#pragma once

#include <optional>
#include <string>

#include "host/sql.h"
#include "rules/letter_schedule.h"
#include "rules/letter_text.h"

namespace relance::server {

/// Which letter is wanted.
struct LetterOrder {
  Id case_id;
  LetterKind kind = LetterKind::other;
  std::optional<Id> subject_id;  // the payment of a receipt, the plan of an agreement
  std::string passage;
};

struct CaseForLetters {
  LetterStanding standing;
  LetterFacts facts;                           // without number
  std::optional<CivilDate> rate_unknown_from;  // interest is computed up to there: no row states the rate
};

/// Failure{not_found} for a case, subject, dated rule or text of law that does not exist.
/// REQUIRES: a transaction is open, so that the figures agree.
[[nodiscard]] CaseForLetters read_case(sql::Connection& db, const LetterOrder& order, CivilDate today);

/// Only whether a letter may be written: for lists over many cases.
[[nodiscard]] LetterStanding read_standing(sql::Connection& db, const Id& case_id, CivilDate today);

/// Periods of policy in force on a day. Failure{not_found} names the row that is missing.
[[nodiscard]] LetterPeriods letter_periods(sql::Connection& db, CivilDate today);

/// The text of law that an agency's first letter reproduces, as in force on a day. Failure{not_found}.
[[nodiscard]] std::string law_text(sql::Connection& db, CivilDate today);

struct LetterTemplate {
  Id id;
  std::string title, body;
  std::int64_t version = 1;
};

/// The newest version of the creditor's own template in force, else of everybody's. Failure{not_found}.
[[nodiscard]] LetterTemplate letter_template(sql::Connection& db, LetterKind kind,
                                             const std::optional<Id>& creditor, CivilDate today);

}  // namespace relance::server
