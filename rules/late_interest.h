// What starts and changes the interest of one claim: the formal notice that asked for it, and the title over it. Pure;
// rates and periods are dated rows, handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "rules/interest.h"

namespace relance {

/// A formal notice that was posted and did not come back from an address where nobody knows the debtor.
struct FormalNotice {
  CivilDate issued_on;  // its text was frozen: what is written later is not in it
  CivilDate sent_on;
  Ms written_at = 0;
};

/// A claim, as far as it decides whether a notice asked for it.
struct NoticedClaim {
  CivilDate due_on;
  std::optional<CivilDate> issued_on = {};
  Ms written_at = 0;
  struct Contest {
    CivilDate from;
    std::optional<CivilDate> until = {};  // the day on which it ended
  };
  std::vector<Contest> contests = {};
};

/// The day on which the first notice that asked for this claim was posted (C. civ. 1344-1: a notice makes late what it
/// asks for). A notice asks for what was known, past due and not contested when it was issued: an invoice that fell due
/// or came later waits for its own.
[[nodiscard]] std::optional<CivilDate> noticed_on(const NoticedClaim& claim,
                                                  std::span<const FormalNotice> notices);

/// An enforceable title over a claim: from its day the legal rate, raised some months after (CMF L313-3).
struct TitleTerms {
  CivilDate on;
  CivilDate enforceable_on;       // from which the months count; never before `on`
  std::int64_t after_months = 0;  // the raise holds from so many months after
  std::int64_t extra_bp = 0;
  RateKind kind = RateKind::legal_other;
};

/// The first day that bears interest: as in interest_from; with a title at the latest its day (C. civ. 1231-7).
[[nodiscard]] std::optional<CivilDate> interest_from(DebtorNature nature, CivilDate due_on,
                                                     std::optional<CivilDate> noticed_on,
                                                     const std::optional<TitleTerms>& title);

/// As interest_between, by the terms until the title and by the legal rate after it. REQUIRES: as there.
[[nodiscard]] InterestAnswer late_interest(std::int64_t principal_cents, CivilDate from, CivilDate until,
                                           const InterestTerms& terms, std::span<const RateRow> rows,
                                           const std::optional<TitleTerms>& title);

}  // namespace relance
