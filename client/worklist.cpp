#include "client/worklist.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "host/rank_words.h"
#include "host/value_text.h"
#include "host/work_query.h"
#include "schema/lookup.h"
#include "sync/codec.h"

namespace relance::client {
namespace {

bool is_like(const CaseLine& line, const CaseQuery& query, CivilDate today) {
  if (query.due_today && !is_for_today(line)) return false;
  if (query.promised && !line.promise_on) return false;
  if (!query.stage.empty() && line.facts.stage != query.stage) return false;
  if (!query.creditor.empty() &&
      folded(line.facts.creditor).find(folded(query.creditor)) == std::string::npos)
    return false;
  return !query.no_contact_days || !line.contacted_on ||
         days_between(*line.contacted_on, today) >= *query.no_contact_days;
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

constexpr std::size_t kSingly =
    300;  // so many cases are read one by one faster than all five thousand of them

// REQUIRES: a transaction is open.
std::vector<CaseLine> lines_of(sql::Connection& db, const std::optional<std::vector<Id>>& only,
                               const std::string& today) {
  const std::map<Id, std::int64_t> pending = pending_by_case(db);
  const DatedRules rules(db);
  std::unordered_map<Id, WorkRows> work;
  std::vector<CaseLine> lines;
  const auto take = [&](std::vector<CaseFacts> facts) {
    for (CaseFacts& one : facts) {
      if (only && !std::binary_search(only->begin(), only->end(), one.id)) continue;
      CaseLine& line = lines.emplace_back();
      line.facts = std::move(one);
      if (const auto found = pending.find(line.facts.id); found != pending.end())
        line.pending = found->second;
    }
  };
  if (only && only->size() <= kSingly) {
    for (const Id& id : *only) {
      std::vector<CaseFacts> facts = case_facts(db, id);
      work.merge(work_rows(db, facts, id));
      take(std::move(facts));
    }
  } else {
    std::vector<CaseFacts> facts = case_facts(db);
    work = work_rows(db, facts);
    take(std::move(facts));
  }
  const auto amount = [&](std::string_view code, const std::string& day) { return rules.at(code, day); };
  return ranked_cases(std::move(lines), work, amount, today);
}

}  // namespace

bool is_for_today(const CaseLine& line) {
  switch (line.reason) {
    case RankReason::limitation:
    case RankReason::legal:
    case RankReason::broken_promise:
    case RankReason::call_back:
    case RankReason::answer_due:
    case RankReason::promise_due:
    case RankReason::missed_instalment:
    case RankReason::task_due:
    case RankReason::pre_due: return true;
    default: return false;
  }
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

std::vector<CaseLine> list_cases(sql::Connection& db, const CaseQuery& query, const std::string& today) {
  const sql::Transaction snapshot(db, sql::Access::read);
  std::optional<std::vector<Id>> only;  // in order
  if (!query.search.empty()) only = find_cases(db, query.search);
  std::vector<CaseLine> lines = lines_of(db, only, today);
  const CivilDate day = parse_civil_date(today).value_or(CivilDate{});
  std::erase_if(lines, [&](const CaseLine& line) { return !is_like(line, query, day); });
  return lines;
}

CaseLine one_case(sql::Connection& db, const Id& case_id, const std::string& today) {
  const sql::Transaction snapshot(db, sql::Access::read);
  std::vector<CaseLine> lines = lines_of(db, std::vector<Id>{case_id}, today);
  RELANCE_ASSERT(lines.size() == 1);
  return std::move(lines.front());
}

std::string reason_of(Lang lang, const CaseLine& line) {
  return rank_words(
      lang, {.reason = name_of(line.reason), .days = line.days, .expected_cents = line.expected_cents});
}

}  // namespace relance::client
