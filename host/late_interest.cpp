#include "host/late_interest.h"

#include <algorithm>

#include "host/dated_rules.h"
#include "rules/local_time.h"

namespace relance {
namespace {

constexpr std::string_view kNotices =
    "SELECT coalesce(issued_on, sent_on), coalesce(sent_on, issued_on), created_at FROM letter"
    " WHERE case_id = ?1 AND kind = 'formal_notice' AND state IN ('sent', 'delivered', 'returned')"
    " AND tracking <> 'unknown_there' AND coalesce(sent_on, issued_on) <= ?2";
constexpr std::string_view kClaims =
    "SELECT id, due_on, coalesce(issued_on, ''), created_at FROM claim WHERE case_id = ?1 AND due_on IS NOT "
    "NULL";
constexpr std::string_view kContests =
    "SELECT claim_id, coalesce(opened_on, ''), created_at, state, coalesce(closed_on, '') FROM dispute"
    " WHERE case_id = ?1";
// A judgment can be enforced once it was served (CPC 503): where its service is known, the months count from there.
constexpr std::string_view kTitles =
    "SELECT e.claim_id, e.happened_on, (SELECT min(s.done_on) FROM legal_step s WHERE s.case_id = e.case_id"
    " AND s.kind = 'service' AND s.done_on >= e.happened_on) FROM limitation_event e"
    " WHERE e.case_id = ?1 AND e.act = 'title' AND e.verified = 1 AND e.undone = 0 AND e.happened_on <= ?2"
    " ORDER BY e.happened_on, e.id";

std::optional<CivilDate> day_of(Ms at) {
  const auto local = local_time_of(at, "");
  return local ? std::optional(local->day) : std::nullopt;
}

RateKind rate_kind(std::string_view word) {
  for (const RateKind kind : {RateKind::legal_individual, RateKind::legal_other, RateKind::trade_default})
    if (name_of(kind) == word) return kind;
  return RateKind::contract;
}

}  // namespace

LateInterest::LateInterest(sql::Connection& db, const Id& case_id, DebtorNature nature,
                           std::string_view iso_day)
    : case_id_(case_id), nature_(nature), iso_(iso_day) {
  const CivilDate day = parse_civil_date(iso_day).value_or(CivilDate{});
  until_ = add_days(day, dated_amount(db, "interest_pays_day", iso_));
  terms_.year_days = dated_amount(db, "year_days", iso_) == 366 ? YearDays::d366 : YearDays::d365;
  read_rates(db);
  read_titles(db);
  if (nature != DebtorNature::consumer) return;
  read_notices(db);
  read_claims(db);
}

void LateInterest::read_rates(sql::Connection& db) {
  const auto creditor = sql::id(db, "SELECT creditor_id FROM case_file WHERE id = ?1", case_id_);
  bool has_terms = false;
  for (const RateFacts& rate : all_rates(db)) {
    const auto from = parse_civil_date(rate.valid_from), last = parse_civil_date(rate.valid_to);
    if (!from || !last || (rate.creditor_id && rate.creditor_id != creditor)) continue;
    rates_.push_back({.kind = rate_kind(rate.kind),
                      .from = *from,
                      .until = add_days(*last, 1),
                      .basis_points = rate.basis_points});
    has_terms = has_terms || rates_.back().kind == RateKind::contract;
  }
  const bool is_trader = nature_ == DebtorNature::trader;
  terms_.kind = !is_trader ? RateKind::legal_other : has_terms ? RateKind::contract : RateKind::trade_default;
  terms_.at_least_three_times_legal = is_trader && has_terms;
}

void LateInterest::read_notices(sql::Connection& db) {
  sql::Query q(db, kNotices, case_id_, iso_);
  while (q.next()) {
    const auto issued = parse_civil_date(q.view(0)), sent = parse_civil_date(q.view(1));
    if (issued && sent) notices_.push_back({*issued, *sent, q.integer(2)});
  }
}

void LateInterest::read_claims(sql::Connection& db) {
  {
    sql::Query q(db, kClaims, case_id_);
    while (q.next())
      if (const auto due = parse_civil_date(q.view(1)))
        claims_[q.id(0)] = {
            .due_on = *due, .issued_on = parse_civil_date(q.view(2)), .written_at = q.integer(3)};
  }
  sql::Query q(db, kContests, case_id_);
  while (q.next()) {
    auto from = parse_civil_date(q.view(1));
    if (!from) from = day_of(q.integer(2));
    if (!from) continue;
    NoticedClaim::Contest contest{.from = *from};
    if (q.view(3) != "open") contest.until = parse_civil_date(q.view(4)).value_or(*from);
    const auto claim = q.maybe_id(0);
    for (auto& [id, one] : claims_)
      if (!claim || *claim == id) one.contests.push_back(contest);
  }
}

void LateInterest::read_titles(sql::Connection& db) {
  const auto months = find_dated_amount(db, "title_extra_months", iso_),
             points = find_dated_amount(db, "title_extra_points_bp", iso_);
  sql::Query q(db, kTitles, case_id_, iso_);
  while (q.next()) {
    const auto on = parse_civil_date(q.view(1));
    if (!on) continue;
    const auto served = q.is_null(2) ? std::nullopt : parse_civil_date(q.view(2));
    // Without the row that says when, nothing is added.
    titles_.emplace_back(q.maybe_id(0), TitleTerms{.on = *on,
                                                   .enforceable_on = served.value_or(*on),
                                                   .after_months = months.value_or(0),
                                                   .extra_bp = months ? points.value_or(0) : 0});
  }
}

std::optional<TitleTerms> LateInterest::title_over(const Id& claim) const {
  const auto found = std::find_if(titles_.begin(), titles_.end(),
                                  [&](const auto& one) { return !one.first || *one.first == claim; });
  return found == titles_.end() ? std::nullopt : std::optional(found->second);
}

ClaimInterest LateInterest::of(const Id& claim, CivilDate due_on, std::int64_t open_cents) const {
  const auto known = claims_.find(claim);
  const auto noticed = known == claims_.end() ? std::nullopt : relance::noticed_on(known->second, notices_);
  const auto title = title_over(claim);
  ClaimInterest out{.from = interest_from(nature_, due_on, noticed, title), .cents = 0, .unknown_from = {}};
  if (!out.from || until_ <= *out.from) return out;
  const InterestAnswer answer = late_interest(open_cents, *out.from, until_, terms_, rates_, title);
  out.cents = answer.interest.rounded();
  out.unknown_from = answer.unknown_from;
  return out;
}

}  // namespace relance
