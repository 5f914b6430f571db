// The rows behind every reason to ask nothing. See dunning_query.h.
#include "host/dunning_query.h"

#include <algorithm>
#include <set>

#include "host/local_day.h"
#include "host/narrowed.h"
#include "host/received_money.h"
#include "schema/amounts.h"

namespace relance {
namespace {

// The first column is the case. `@` becomes the condition that narrows to one case, or nothing.
constexpr std::string_view kCases =
    "SELECT case_id, stage, restricted, do_not_contact FROM"
    " (SELECT c.id AS case_id, c.stage, c.restricted, coalesce(d.do_not_contact, 0) AS do_not_contact"
    "  FROM case_file c LEFT JOIN debtor d ON d.id = c.debtor_id) WHERE 1 = 1@";
constexpr std::string_view kInsolvency =
    "SELECT case_id, kind FROM"
    " (SELECT c.id AS case_id, e.kind FROM insolvency_event e JOIN case_file c ON c.debtor_id = e.debtor_id"
    "  WHERE e.cancelled = 0) WHERE 1 = 1@ ORDER BY kind";
constexpr std::string_view kMoratoria =
    "SELECT case_id, valid_from, valid_to FROM moratorium WHERE 1 = 1@ ORDER BY id";
// One that was judged before another was made keeps its place: it failed, whatever was promised after it.
constexpr std::string_view kPromises =
    "SELECT case_id, created_at, due_on, amount_cents FROM promise WHERE state <> 'superseded'@"
    " AND (state <> 'open' OR id NOT IN (SELECT amends_id FROM promise WHERE amends_id IS NOT NULL@)) ORDER "
    "BY id";
constexpr std::string_view kSmallClaims =
    "SELECT case_id, done_on FROM legal_step WHERE kind = 'small_claim' AND done_on IS NOT NULL"
    " AND result IS NULL@";
constexpr std::string_view kPlans = "SELECT case_id FROM payment_plan WHERE state = 'active'@";
constexpr std::string_view kDisputes = "SELECT case_id, claim_id FROM dispute WHERE state = 'open'@";
constexpr std::string_view kClaims = "SELECT case_id, id FROM claim WHERE state = 'open'@";

std::int64_t cents(const sql::Query& q, int column) {
  return std::clamp(q.integer(column), -schema::kCentsMax, schema::kCentsMax);
}

// A list reads the whole ledger for it only where most cases wait for money.
void add_received(sql::Connection& db, std::unordered_map<Id, DunningRows>& rows,
                  const std::optional<Id>& only) {
  const auto waiting = static_cast<std::size_t>(std::count_if(rows.begin(), rows.end(), [](const auto& one) {
    return !one.second.promises.empty() || one.second.has_active_plan;
  }));
  if (waiting == 0) return;
  const auto which = only || 2 * waiting > rows.size() ? MoneyOf::all : MoneyOf::promised;
  for (const auto& [id, money] : received_money_of(db, only, which))
    if (const auto found = rows.find(id); found != rows.end())
      for (const ReceivedOn& one : money) found->second.received.push_back({one.day, one.cents});
}

}  // namespace

std::unordered_map<Id, DunningRows> dunning_rows_of(sql::Connection& db, const std::optional<Id>& only,
                                                    const std::vector<CaseFacts>* facts) {
  std::unordered_map<Id, DunningRows> out;
  const auto read = [&](sql::Query& q, const auto& take) {
    std::optional<Id> last;  // rows of one case mostly follow each other: it is looked up once
    DunningRows* one = nullptr;
    while (q.next()) {
      if (const Id id = q.id(0); id != last) {
        const auto found = out.find(id);
        one = found == out.end() ? nullptr : &found->second;
        last = id;
      }
      if (one != nullptr) take(*one, q);
    }
  };
  const auto each = [&](std::string_view text, const auto& take) {
    if (only) {
      sql::Query q(db, narrowed(text, true), *only);
      read(q, take);
    } else {
      sql::Query q(db, narrowed(text, false));
      read(q, take);
    }
  };
  {
    sql::Query q(
        db, only ? "SELECT id FROM case_file WHERE id = ?1" : "SELECT id FROM case_file WHERE ?1 IS NULL",
        only);
    while (q.next()) out.emplace(q.id(0), DunningRows{});
  }
  each(kCases, [](DunningRows& one, sql::Query& q) {
    one.stage = q.text(1);
    one.is_restricted = q.integer(2) != 0;
    one.is_do_not_contact = q.integer(3) != 0;
  });
  each(kInsolvency, [](DunningRows& one, sql::Query& q) { one.insolvency_kinds.push_back(q.text(1)); });
  each(kMoratoria, [](DunningRows& one, sql::Query& q) { one.moratoria.push_back({q.text(1), q.text(2)}); });
  each(kPromises, [](DunningRows& one, sql::Query& q) {
    one.promises.push_back({local_day(q.integer(1)), q.text(2), cents(q, 3)});
  });
  each(kSmallClaims, [](DunningRows& one, sql::Query& q) { one.small_claims_begun.push_back(q.text(1)); });
  each(kPlans, [](DunningRows& one, sql::Query&) { one.has_active_plan = true; });
  add_received(db, out, only);
  std::set<Id> contested;  // claims, and cases of which everything is
  each(kDisputes, [&](DunningRows&, sql::Query& q) { contested.insert(q.is_null(1) ? q.id(0) : q.id(1)); });
  const auto count = [&](DunningRows& one, const Id& case_id, const Id& claim) {
    ++one.claims_open;
    if (contested.contains(case_id) || contested.contains(claim)) ++one.claims_disputed;
  };
  if (facts == nullptr) {
    each(kClaims, [&](DunningRows& one, sql::Query& q) { count(one, q.id(0), q.id(1)); });
  } else {
    for (const CaseFacts& one : *facts)
      if (const auto found = out.find(one.id); found != out.end())
        for (const CaseFacts::Claim& claim : one.claims) count(found->second, one.id, claim.id);
  }
  return out;
}

DunningRows dunning_rows(sql::Connection& db, const Id& case_id) {
  auto all = dunning_rows_of(db, case_id);
  const auto found = all.find(case_id);
  return found == all.end() ? DunningRows{} : std::move(found->second);
}

}  // namespace relance
