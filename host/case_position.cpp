#include "host/case_position.h"

#include <algorithm>
#include <map>

#include "host/case_query.h"
#include "host/dated_rules.h"
#include "host/late_interest.h"
#include "host/limitation_query.h"
#include "host/mandate_query.h"
#include "host/unbooked_money.h"
#include "rules/receivables.h"

namespace relance {
namespace {

std::optional<CivilDate> date_at(const sql::Query& q, int column) {
  return q.is_null(column) ? std::nullopt : parse_civil_date(q.view(column));
}

// Everything about one case that is not a claim of it.
struct CaseRow {
  Id creditor, debtor;
  DebtorNature nature = DebtorNature::unknown;
  std::string kind, b2c;  // words of the debtor
  bool is_insolvent = false;
};

DebtorNature nature_of(std::string_view b2c, std::string_view kind) {
  if (b2c == "yes") return DebtorNature::consumer;
  if (b2c == "no") return DebtorNature::trader;
  return kind == "company" ? DebtorNature::trader : DebtorNature::unknown;
}

class Reader {
 public:
  Reader(sql::Connection& db, const Id& case_id, std::string_view day)
      : db_(db), case_id_(case_id), day_text_(day), day_(parse_civil_date(day).value_or(CivilDate{})) {}

  CasePosition read() {
    read_case();
    out_.day = day_text_;
    out_.nature = case_.nature;
    const MandateStanding mandate = mandate_standing(db_, case_id_, day_text_);
    out_.is_agency = mandate.is_agency;
    out_.has_mandate_in_force = mandate.is_in_force;
    read_statutory_letter();
    read_claims();
    read_limitation();
    read_interest();
    read_aged();
    return std::move(out_);
  }

 private:
  void read_case() {
    sql::Query q(
        db_,
        "SELECT c.creditor_id, c.debtor_id, coalesce(d.b2c, ''), coalesce(d.kind, ''),"
        " EXISTS (SELECT 1 FROM insolvency_event i WHERE i.debtor_id = c.debtor_id AND i.cancelled = 0)"
        " FROM case_file c LEFT JOIN debtor d ON d.id = c.debtor_id WHERE c.id = ?1",
        case_id_);
    if (!q.next()) return;
    case_ = {.creditor = q.id(0),
             .debtor = q.id(1),
             .nature = nature_of(q.view(2), q.view(3)),
             .kind = q.text(3),
             .b2c = q.text(2),
             .is_insolvent = q.integer(4) != 0};
  }

  // The first one sent: it is that one which every later step recalls.
  void read_statutory_letter() {
    sql::Query q(db_,
                 "SELECT coalesce(number, ''), coalesce(sent_on, issued_on) FROM letter WHERE case_id = ?1"
                 " AND kind = 'agency_notice' AND state IN ('sent', 'delivered', 'returned')"
                 " AND tracking <> 'unknown_there'"
                 " AND coalesce(sent_on, issued_on) <= ?2 ORDER BY coalesce(sent_on, issued_on), id LIMIT 1",
                 case_id_, day_text_);
    if (q.next()) out_.statutory_letter = LetterRecall{.number = q.text(0), .sent_on = q.text(1)};
  }

  void read_claims() {
    std::map<Id, ClaimPosition> known;
    sql::Query q(db_,
                 "SELECT id, coalesce(piece_ref, ''), due_on, indemnity_waived,"
                 " EXISTS (SELECT 1 FROM dispute d WHERE d.case_id = c.case_id AND d.state = 'open'"
                 "  AND (d.claim_id IS NULL OR d.claim_id = c.id)),"
                 " " +
                     std::string(kClockFromOn) +
                     ", coalesce(limitation_rule, '')"
                     " FROM claim c WHERE case_id = ?1 AND state = 'open' AND coalesce(issued_on, '') <= ?2",
                 case_id_, day_text_);
    while (q.next()) {
      ClaimPosition& claim = known[q.id(0)];
      claim = {.id = q.id(0),
               .piece_ref = q.text(1),
               .due_on = date_at(q, 2),
               .open_cents = 0,
               .is_disputed = q.integer(4) != 0,
               .interest_cents = 0,
               .interest_from = {},
               .limitation = {},
               .days_left = {}};
      facts_[q.id(0)] = {.is_waived = q.integer(3) != 0, .starts_on = date_at(q, 5), .rule = q.text(6)};
    }
    for (CaseFacts& one : case_facts(db_, case_id_)) set_open(one, known);
    for (auto& [id, claim] : known) out_.claims.push_back(std::move(claim));
    std::sort(out_.claims.begin(), out_.claims.end(), [](const ClaimPosition& a, const ClaimPosition& b) {
      return std::tie(a.due_on, a.piece_ref, a.id) < std::tie(b.due_on, b.piece_ref, b.id);
    });
  }

  // What is asked of each claim: the same setting-off as in the worklist.
  void set_open(const CaseFacts& facts, std::map<Id, ClaimPosition>& known) {
    std::vector<ClaimDue> due;
    for (const CaseFacts::Claim& claim : facts.claims) due.push_back({claim.due_on, claim.open_cents});
    const Asked asked = what_is_asked(due, credit_for_claims(facts));
    for (std::size_t i = 0; i < facts.claims.size(); ++i) {
      const auto found = known.find(facts.claims[i].id);
      if (found == known.end()) continue;
      found->second.open_cents = asked.open_cents[i];
      out_.principal_cents += asked.open_cents[i];
    }
    out_.aged.credits.cash_cents = asked.credit_left_cents;
  }

  void read_limitation() {
    const auto found = limitation_acts_of(db_, case_id_, day_);
    const auto acts = found.find(case_id_);
    const std::vector<ActOnClaims> none;
    const auto amount = [&](std::string_view code, const std::string& day) {
      return std::optional(dated_amount(db_, code, day));
    };
    for (ClaimPosition& claim : out_.claims) {
      const ClaimRow& facts = facts_.at(claim.id);
      const auto clock = limitation_of_claim(claim.id, facts.starts_on,
                                             limitation_rule_of(case_.kind, case_.b2c, facts.rule),
                                             acts == found.end() ? none : acts->second, amount);
      if (!clock) continue;
      claim.limitation = *clock;
      if (!claim.limitation.last_day) continue;
      claim.days_left = days_between(day_, *claim.limitation.last_day);
      if (!out_.first_limitation || *claim.limitation.last_day < *out_.first_limitation)
        out_.first_limitation = claim.limitation.last_day;
    }
  }

  struct ClaimRow {
    bool is_waived = false;
    std::optional<CivilDate> starts_on;
    std::string rule;
  };

  void read_interest() {
    const LateInterest interest(db_, case_id_, case_.nature, day_text_);
    std::vector<LateClaim> late;
    for (ClaimPosition& claim : out_.claims) {
      if (!claim.due_on || claim.open_cents <= 0) continue;
      late.push_back({.due_on = *claim.due_on, .paid_on = {}, .is_waived = facts_.at(claim.id).is_waived});
      if (case_.is_insolvent) continue;  // C. com. L622-28: interest stops with the judgment
      const ClaimInterest one = interest.of(claim.id, *claim.due_on, claim.open_cents);
      claim.interest_from = one.from;
      claim.interest_cents = one.cents;
      out_.interest_cents += one.cents;
      if (one.unknown_from &&
          (!out_.interest_unknown_from || *one.unknown_from < *out_.interest_unknown_from))
        out_.interest_unknown_from = one.unknown_from;
    }
    out_.indemnity_cents = relance::indemnity_cents(
        case_.nature, late, day_, find_dated_amount(db_, "indemnity_cents", day_text_).value_or(0),
        case_.is_insolvent);
  }

  void read_aged() {
    out_.aged_edges = {30, 60, 90, 120};
    std::vector<AgedItem> items;
    for (const ClaimPosition& claim : out_.claims)
      if (claim.due_on && claim.open_cents > 0)
        items.push_back(
            {.due_on = *claim.due_on, .open_cents = claim.open_cents, .is_disputed = claim.is_disputed});
    const UnmatchedCredits credits = out_.aged.credits;
    out_.aged = aged_balance(items, credits, day_, out_.aged_edges);
  }

  sql::Connection& db_;
  Id case_id_;
  std::string day_text_;
  CivilDate day_;
  CaseRow case_;
  std::map<Id, ClaimRow> facts_;
  CasePosition out_;
};

}  // namespace

CasePosition case_position(sql::Connection& db, const Id& case_id, std::string_view iso_day) {
  return Reader(db, case_id, iso_day).read();
}

std::vector<AccountLine> account_lines(sql::Connection& db, const Id& case_id, std::string_view iso_day) {
  std::vector<AccountLine> out;
  sql::Query q(db,
               "SELECT coalesce(booked_on, piece_on, '') AS happened_on, kind, coalesce(piece_ref, ''),"
               " coalesce(label, ''), amount_cents, id FROM entry WHERE case_id = ?1"
               " AND coalesce(booked_on, piece_on, '') <= ?2"
               " UNION ALL SELECT coalesce(u.paid_on, ''), 'payment', coalesce(u.bank_ref, ''),"
               " coalesce(u.payer, ''), 0 - u.cents, u.id FROM " +
                   std::string(kUnbookedMoney) +
                   " u WHERE u.case_id = ?1 AND u.cents <> 0 AND coalesce(u.paid_on, '') <= ?2 ORDER BY 1, 6",
               case_id, iso_day);
  std::int64_t balance = 0;
  while (q.next()) {
    balance += q.integer(4);
    out.push_back({.booked_on = q.text(0),
                   .kind = q.text(1),
                   .piece_ref = q.text(2),
                   .label = q.text(3),
                   .amount_cents = q.integer(4),
                   .balance_cents = balance});
  }
  return out;
}

}  // namespace relance
