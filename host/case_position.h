// What a case amounts to on a day: interest and indemnity to date, until when each claim can be brought to court, the
// aged balance, and what the law wants said on a call. Rows are loaded here and computed by rules/, for the office and
// for a replica alike, so that both read the same figures out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/sql.h"
#include "rules/aged_balance.h"
#include "rules/interest.h"
#include "rules/limitation.h"

namespace relance {

struct ClaimPosition {
  Id id;
  std::string piece_ref;
  std::optional<CivilDate> due_on;
  std::int64_t open_cents = 0;  // after credits and cash, oldest claims first
  bool is_disputed = false;
  std::int64_t interest_cents = 0;
  std::optional<CivilDate> interest_from;
  /// Nothing where no day is known, or something that stops the clock still lasts (`limitation.reason` says which).
  Limitation limitation;
  std::optional<std::int64_t> days_left;  // to the last day; negative: time-barred
};

/// Reference and day of the statutory letter of an agency, recalled at every later step (CPCE R124-4).
struct LetterRecall {
  std::string number;
  std::string sent_on;
};

struct CasePosition {
  std::string day;  // ISO date for which all this holds
  DebtorNature nature = DebtorNature::unknown;
  std::vector<ClaimPosition> claims;  // open ones, oldest due first
  AgedBalance aged;
  std::vector<std::int64_t> aged_edges;
  std::int64_t principal_cents = 0;  // what is asked of the claims
  std::int64_t interest_cents = 0;
  std::int64_t indemnity_cents = 0;
  /// The first day for which no row states the rate: interest is computed up to it and no further.
  std::optional<CivilDate> interest_unknown_from;
  std::optional<CivilDate> first_limitation;  // the earliest last day of all claims
  bool is_agency = false;
  bool has_mandate_in_force = false;
  std::optional<LetterRecall> statutory_letter;

  [[nodiscard]] std::int64_t total_cents() const {
    return principal_cents + interest_cents + indemnity_cents;
  }
};

/// `iso_day`: rows of a later day do not count. Limitation is shortest where nobody has said what the debtor is.
/// REQUIRES: a transaction is open; the case exists. Failure(not_found) names a dated rule that is missing.
[[nodiscard]] CasePosition case_position(sql::Connection& db, const Id& case_id, std::string_view iso_day);

/// A line of the customer's account with the balance after it, up to a day.
struct AccountLine {
  std::string booked_on, kind, piece_ref, label;
  std::int64_t amount_cents = 0;
  std::int64_t balance_cents = 0;
};

/// Entries by booking day, and received money that no entry shows yet by the day it came.
[[nodiscard]] std::vector<AccountLine> account_lines(sql::Connection& db, const Id& case_id,
                                                     std::string_view iso_day);

}  // namespace relance
