#include "client/worklist.h"

#include <algorithm>
#include <limits>
#include <set>
#include <unordered_map>

#include "host/value_text.h"
#include "rules/receivables.h"
#include "schema/lookup.h"
#include "sync/codec.h"

namespace relance::client {
namespace {

using ByCase = std::unordered_map<Id, CaseLine*>;

constexpr std::string_view kCases =
    "SELECT c.id, c.debtor_id, c.number, c.stage, c.next_action_on, cr.name, d.legal_name, d.trade_name, d.first_name"
    " FROM case_file c LEFT JOIN creditor cr ON cr.id = c.creditor_id LEFT JOIN debtor d ON d.id = c.debtor_id";
constexpr std::string_view kEntries = "SELECT case_id, amount_cents, settled, account, piece_ref FROM entry";
constexpr std::string_view kClaims = "SELECT case_id, id, due_on, gross_cents, state, piece_ref FROM claim";
// A payment that another one corrects counts no more; one that the ledger holds too is not known yet (bank matching).
constexpr std::string_view kPayments =
    "SELECT p.case_id, p.amount_cents FROM payment p WHERE p.state = 'received'"
    " AND NOT EXISTS (SELECT 1 FROM payment later WHERE later.amends_id = p.id AND later.state = 'received')";
constexpr std::string_view kHolders =
    "SELECT a.case_id, s.name FROM assignment a JOIN staff s ON s.id = a.staff_id WHERE a.valid_to IS NULL";

// Narrows a query to one case where one is asked for.
std::string narrowed(std::string_view query, std::string_view column, const std::optional<Id>& only) {
  std::string out{query};
  if (only) out += (query.find(" WHERE ") == std::string_view::npos ? " WHERE " : " AND ") + std::string(column) + " = ?1";
  return out;
}

template <class Take>
void each(sql::Connection& db, std::string_view query, std::string_view column, const std::optional<Id>& only, Take take) {
  sql::Query q(db, narrowed(query, column, only));
  if (only) q.bind(1, *only);
  while (q.next()) take(q);
}

// The line of the case named in column 0.
CaseLine* line_of(const ByCase& by_case, const sql::Query& q) {
  const auto id = q.maybe_id(0);
  const auto found = id ? by_case.find(*id) : by_case.end();
  return found == by_case.end() ? nullptr : found->second;
}

void search_by(CaseLine& line, std::string_view text) {
  if (!text.empty()) line.searched += folded(text) + "\n";
}

void add_entries(sql::Connection& db, const std::optional<Id>& only, const ByCase& by_case) {
  each(db, kEntries, "case_id", only, [&](const sql::Query& q) {
    CaseLine* line = line_of(by_case, q);
    if (line == nullptr) return;
    const std::int64_t amount = q.integer(1);
    line->money.balance_cents += amount;
    if (amount < 0 && q.integer(2) == 0 && is_claim_account(q.view(3))) line->money.credit_left_cents -= amount;
    search_by(*line, q.view(4));
  });
  each(db, kPayments, "p.case_id", only, [&](const sql::Query& q) {
    CaseLine* line = line_of(by_case, q);
    if (line == nullptr) return;
    line->money.balance_cents -= q.integer(1);
    line->money.credit_left_cents += q.integer(1);
  });
}

void add_claims(sql::Connection& db, const std::optional<Id>& only, const ByCase& by_case) {
  each(db, kClaims, "case_id", only, [&](const sql::Query& q) {
    CaseLine* line = line_of(by_case, q);
    if (line == nullptr) return;
    search_by(*line, q.view(5));
    if (q.view(4) != "open" || q.integer(3) <= 0) return;
    line->money.claims.push_back({.id = q.id(1), .due_on = q.text(2), .gross_cents = q.integer(3)});
  });
}

// Sets the credits against the oldest claims and looks which one is then the oldest that is asked for.
void settle(CaseLine& line, CivilDate today) {
  CaseMoney& money = line.money;
  // A claim without a due date cannot be the oldest: it comes after all that have one.
  std::stable_sort(money.claims.begin(), money.claims.end(), [](const ClaimLine& a, const ClaimLine& b) {
    return std::pair(a.due_on.empty(), a.due_on) < std::pair(b.due_on.empty(), b.due_on);
  });
  std::vector<ClaimDue> claims;
  for (const ClaimLine& claim : money.claims)
    claims.push_back({claim.due_on.empty() ? std::string_view("9999-12-31") : std::string_view(claim.due_on), claim.gross_cents});
  const Asked asked = what_is_asked(claims, std::max<std::int64_t>(money.credit_left_cents, 0));
  for (std::size_t i = 0; i < claims.size(); ++i) {
    money.claims[i].open_cents = asked.open_cents[i];
    if (line.due_on.empty() && asked.open_cents[i] > 0) line.due_on = money.claims[i].due_on;
  }
  money.asked_cents = asked.asked_cents;
  money.credit_left_cents = asked.credit_left_cents;
  if (const auto due = parse_civil_date(line.due_on)) line.days_past_due = days_between(*due, today);
}

// The case that an operation is about: its own, its row's, or those of its debtor.
void cases_of(sql::Connection& db, const sync::Op& op, std::set<Id>& out) {
  const auto value = [&](std::string_view column) -> std::optional<Id> {
    const auto index = schema::find_column(*op.table, column);
    if (!index) return std::nullopt;
    if (const sync::Change* given = op.find(*index)) {
      const Id* id = std::get_if<Id>(&given->after);
      return id == nullptr ? std::nullopt : std::optional(*id);
    }
    return sql::id(db, "SELECT " + std::string(column) + " FROM " + std::string(op.table->name) + " WHERE id = ?1", op.row);
  };
  if (op.table->way == schema::Way::root) out.insert(op.row);
  if (const auto case_id = value("case_id")) out.insert(*case_id);
  const auto debtor = op.table->way == schema::Way::debtor ? std::optional(op.row)
                      : op.table->way == schema::Way::root ? std::nullopt : value("debtor_id");
  if (!debtor) return;
  sql::Query q(db, "SELECT id FROM case_file WHERE debtor_id = ?1", *debtor);
  while (q.next()) out.insert(q.id(0));
}

}  // namespace

std::string debtor_name(const std::string& legal, const std::string& trade, const std::string& first) {
  const std::string& name = legal.empty() ? trade : legal;
  return first.empty() ? name : first + " " + name;
}

std::map<Id, std::int64_t> pending_by_case(sql::Connection& db) {
  std::vector<std::vector<sync::Op>> edits;
  {
    sql::Query q(db, "SELECT ops FROM outbox WHERE status = 'pending' OR resend = 1");
    while (q.next())
      if (auto ops = sync::decode_ops(q.view(0))) edits.push_back(std::move(*ops));
  }
  std::map<Id, std::int64_t> out;
  for (const auto& ops : edits) {
    std::set<Id> cases;
    for (const sync::Op& op : ops) cases_of(db, op, cases);
    for (const Id& id : cases) ++out[id];
  }
  return out;
}

std::vector<CaseLine> load_cases(sql::Connection& db, CivilDate today, const std::optional<Id>& only) {
  std::vector<CaseLine> out;
  each(db, kCases, "c.id", only, [&](const sql::Query& q) {
    CaseLine line{.id = q.id(0), .debtor_id = q.maybe_id(1).value_or(Id{}), .number = q.text(2), .creditor = q.text(5),
                  .debtor = debtor_name(q.text(6), q.text(7), q.text(8)), .stage = q.text(3), .next_action_on = q.text(4)};
    for (const int c : {2, 5, 6, 7, 8}) search_by(line, q.view(c));
    search_by(line, line.debtor);
    out.push_back(std::move(line));
  });
  ByCase by_case;
  for (CaseLine& line : out) by_case.emplace(line.id, &line);
  add_entries(db, only, by_case);
  add_claims(db, only, by_case);
  each(db, kHolders, "a.case_id", only, [&](const sql::Query& q) {
    if (CaseLine* line = line_of(by_case, q)) line->holder += (line->holder.empty() ? "" : ", ") + q.text(1);
  });
  for (const auto& [id, count] : pending_by_case(db))
    if (const auto found = by_case.find(id); found != by_case.end()) found->second->pending = count;
  for (CaseLine& line : out) settle(line, today);
  return out;
}

void rank(std::vector<CaseLine>& cases) {
  const auto days = [](const CaseLine& line) { return line.days_past_due.value_or(std::numeric_limits<std::int64_t>::min()); };
  std::sort(cases.begin(), cases.end(), [&](const CaseLine& a, const CaseLine& b) {
    if (a.is_closed() != b.is_closed()) return b.is_closed();
    if (days(a) != days(b)) return days(a) > days(b);
    if (a.money.balance_cents != b.money.balance_cents) return a.money.balance_cents > b.money.balance_cents;
    return a.number < b.number;
  });
}

bool matches(const CaseLine& line, std::string_view search) {
  const std::string wanted = folded(search);
  for (std::size_t at = wanted.find_first_not_of(' '); at != std::string::npos;) {
    const std::size_t end = std::min(wanted.find(' ', at), wanted.size());
    if (line.searched.find(wanted.substr(at, end - at)) == std::string::npos) return false;
    at = wanted.find_first_not_of(' ', end);
  }
  return true;
}

std::string reason_of(Lang lang, const CaseLine& line) {
  if (line.is_closed()) return phrase(lang, Text::case_closed);
  if (line.money.asked_cents == 0) return phrase(lang, Text::nothing_asked);
  if (!line.days_past_due) return phrase(lang, Text::nothing_due);
  const std::int64_t days = *line.days_past_due;
  if (days == 0) return phrase(lang, Text::due_today);
  return days > 0 ? phrase(lang, Text::past_due, {days}) : phrase(lang, Text::due_in, {-days});
}

std::optional<Id> find_case(sql::Connection& db, std::string_view number_or_id) {
  if (const auto id = Id::parse(number_or_id))
    if (sql::number(db, "SELECT 1 FROM case_file WHERE id = ?1", *id)) return id;
  return sql::id(db, "SELECT id FROM case_file WHERE number = ?1", number_or_id);
}

}  // namespace relance::client
