#include "client/worklist.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "host/value_text.h"
#include "rules/receivables.h"
#include "schema/lookup.h"
#include "sync/codec.h"

namespace relance::client {
namespace {

CaseLine line_of(CaseFacts facts) {
  CaseLine line;
  std::vector<ClaimDue> claims;
  for (const CaseFacts::Claim& claim : facts.claims)
    claims.push_back({.due_on = claim.due_on, .open_cents = claim.open_cents});
  std::int64_t credit = facts.received_cents;
  for (const CaseFacts::Credit& one : facts.credits)
    if (is_claim_account(one.account)) credit += one.cents;
  Asked asked = what_is_asked(claims, std::max<std::int64_t>(credit, 0));
  line.due_on = oldest_asked(claims, asked);
  line.asked_cents = asked.asked_cents;
  line.credit_left_cents = asked.credit_left_cents;
  line.open_cents = std::move(asked.open_cents);
  line.facts = std::move(facts);
  return line;
}

std::vector<CaseLine> ranked(std::vector<CaseLine> lines, std::string_view today) {
  std::vector<CaseRank> ranks;
  for (const CaseLine& line : lines)
    ranks.push_back({.number = line.facts.number,
                     .balance_cents = line.facts.balance_cents,
                     .due_on = line.due_on,
                     .is_closed = line.facts.stage == "closed"});
  std::vector<CaseLine> out;
  for (const RankedCase& rank : worklist(ranks, today)) {
    CaseLine& line = out.emplace_back(std::move(lines[rank.place]));
    line.reason = rank.reason;
    line.days_past_due = rank.days_past_due;
  }
  return out;
}

// ---- searching -----------------------------------------------------------------------------------------------------

// Everything by which an agent may look for a case, folded.
constexpr std::string_view kSearched[] = {
    "SELECT c.id, coalesce(c.ledger_ref, '') || ' ' || coalesce(d.legal_name, '') || ' ' || "
    "coalesce(d.trade_name, '')"
    " || ' ' || coalesce(d.first_name, '') FROM case_file c JOIN debtor d ON d.id = c.debtor_id",
    "SELECT case_id, piece_ref FROM claim WHERE piece_ref IS NOT NULL",
    "SELECT case_id, piece_ref FROM entry WHERE piece_ref IS NOT NULL",
};

std::vector<std::string> words_of(std::string_view search) {
  std::vector<std::string> out;
  const std::string text = folded(search);
  for (std::size_t at = text.find_first_not_of(' '); at != std::string::npos;) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = text.find_first_not_of(' ', end);
  }
  return out;
}

void keep_found(sql::Connection& db, std::string_view search, std::vector<CaseFacts>& cases) {
  const std::vector<std::string> words = words_of(search);
  if (words.empty()) return;
  std::unordered_map<Id, std::string> texts;
  for (const std::string_view query : kSearched) {
    sql::Query q(db, query);
    while (q.next()) texts[q.id(0)] += folded(q.view(1)) + "\n";
  }
  std::erase_if(cases, [&](const CaseFacts& one) {
    const std::string text = folded(one.number + "\n" + one.creditor + "\n") + texts[one.id];
    return !std::all_of(words.begin(), words.end(),
                        [&](const std::string& w) { return text.find(w) != std::string::npos; });
  });
}

// ---- what waits ----------------------------------------------------------------------------------------------------

// The cases that an operation is about: its own, its row's, or those of its debtor.
void cases_of(sql::Connection& db, const sync::Op& op, std::set<Id>& out) {
  const auto value = [&](std::string_view column) -> std::optional<Id> {
    const auto index = schema::find_column(*op.table, column);
    if (!index) return std::nullopt;
    if (const sync::Change* given = op.find(*index)) {
      const Id* id = std::get_if<Id>(&given->after);
      return id == nullptr ? std::nullopt : std::optional(*id);
    }
    return sql::id(
        db, "SELECT " + std::string(column) + " FROM " + std::string(op.table->name) + " WHERE id = ?1",
        op.row);
  };
  if (op.table->way == schema::Way::root) {
    out.insert(op.row);
    return;
  }
  if (const auto case_id = value("case_id")) out.insert(*case_id);
  const auto debtor = op.table->way == schema::Way::debtor ? std::optional(op.row) : value("debtor_id");
  if (!debtor) return;
  sql::Query q(db, "SELECT id FROM case_file WHERE debtor_id = ?1", *debtor);
  while (q.next()) out.insert(q.id(0));
}

std::vector<CaseLine> with_pending(sql::Connection& db, std::vector<CaseFacts> facts) {
  const std::map<Id, std::int64_t> pending = pending_by_case(db);
  std::vector<CaseLine> out;
  out.reserve(facts.size());
  for (CaseFacts& one : facts) {
    CaseLine& line = out.emplace_back(line_of(std::move(one)));
    if (const auto found = pending.find(line.facts.id); found != pending.end()) line.pending = found->second;
  }
  return out;
}

}  // namespace

std::string CaseLine::holder() const {
  std::string out;
  for (const std::string& name : facts.holders) out += (out.empty() ? "" : ", ") + name;
  return out;
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

std::vector<CaseLine> list_cases(sql::Connection& db, std::string_view search, std::string_view today) {
  const sql::Transaction snapshot(db, sql::Access::read);
  std::vector<CaseFacts> facts = case_facts(db);
  keep_found(db, search, facts);
  return ranked(with_pending(db, std::move(facts)), today);
}

CaseLine one_case(sql::Connection& db, const Id& case_id, std::string_view today) {
  const sql::Transaction snapshot(db, sql::Access::read);
  std::vector<CaseLine> lines = ranked(with_pending(db, case_facts(db, case_id)), today);
  RELANCE_ASSERT(lines.size() == 1);
  return std::move(lines.front());
}

std::string reason_of(Lang lang, const CaseLine& line) {
  switch (line.reason) {
    case RankReason::past_due: return phrase(lang, Text::past_due, {line.days_past_due});
    case RankReason::due_later:
      return line.days_past_due == 0 ? phrase(lang, Text::due_today)
                                     : phrase(lang, Text::due_in, {-line.days_past_due});
    case RankReason::undated: return phrase(lang, Text::nothing_due);
    case RankReason::nothing_owed: return phrase(lang, Text::nothing_asked);
    case RankReason::closed: return phrase(lang, Text::case_closed);
  }
  return {};
}

}  // namespace relance::client
