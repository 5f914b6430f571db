// The rows behind the list of work, and the search. See work_query.h.
#include "host/work_query.h"

#include <algorithm>
#include <set>

#include "host/call_facts.h"
#include "host/local_day.h"
#include "host/narrowed.h"
#include "host/value_text.h"
#include "schema/amounts.h"

namespace relance {
namespace {

// The first column is the case. `@` becomes the condition that narrows to one case, or nothing.
constexpr std::string_view kCases =
    "SELECT case_id, kind, b2c, next_action_on FROM"
    " (SELECT c.id AS case_id, coalesce(d.kind, 'unknown') AS kind, coalesce(d.b2c, 'unknown') AS b2c,"
    "  coalesce(c.next_action_on, '') AS next_action_on"
    "  FROM case_file c LEFT JOIN debtor d ON d.id = c.debtor_id) WHERE 1 = 1@";
constexpr std::string_view kTasks =
    "SELECT case_id, kind, coalesce(due_on, ''), legal FROM task WHERE state = 'todo' AND withdrawn = 0@";
constexpr std::string_view kPlans =
    "SELECT case_id, id, created_at FROM payment_plan WHERE state = 'active'@ ORDER BY id";
constexpr std::string_view kInstalments =
    "SELECT case_id, plan_id, due_on, amount_cents FROM instalment WHERE 1 = 1@ ORDER BY due_on, position";
constexpr std::string_view kLegalSteps =
    "SELECT case_id, coalesce(planned_on, ''), coalesce(deadline_on, '') FROM legal_step WHERE result IS "
    "NULL@";
constexpr std::string_view kProofs =
    "SELECT case_id, declare_by_on FROM"
    " (SELECT c.id AS case_id, e.declare_by_on FROM insolvency_event e JOIN case_file c ON c.debtor_id = "
    "e.debtor_id"
    "  WHERE e.cancelled = 0 AND e.declare_by_on IS NOT NULL AND e.declared_on IS NULL) WHERE 1 = 1@";
constexpr std::string_view kContacts =
    "SELECT case_id, id, coalesce(happened_at, created_at), direction, outcome, amends_id FROM contact_event"
    " WHERE 1 = 1@";
constexpr std::string_view kReminders =
    "SELECT case_id, created_at FROM letter WHERE kind = 'pre_due' AND state <> 'superseded'@";

class Gatherer {
 public:
  Gatherer(sql::Connection& db, const std::vector<CaseFacts>& facts, const std::optional<Id>& only)
      : db_(db), facts_(facts), only_(only) {}

  std::unordered_map<Id, WorkRows> gather() {
    auto dunning = dunning_rows_of(db_, only_, &facts_);
    rows_.reserve(dunning.size());
    for (auto& [id, rows] : dunning) rows_[id].dunning = std::move(rows);
    each(kCases, [](WorkRows& one, sql::Query& q) {
      one.debtor_kind = q.text(1);
      one.b2c = q.text(2);
      one.next_action_on = q.text(3);
    });
    for (auto& [id, acts] : limitation_acts_of(db_, only_))
      if (const auto found = rows_.find(id); found != rows_.end())
        found->second.limitation_acts = std::move(acts);
    each(kTasks, [](WorkRows& one, sql::Query& q) {
      one.tasks.push_back({q.text(1), q.text(2), q.integer(3) != 0});
    });
    gather_plans();
    each(kLegalSteps, [](WorkRows& one, sql::Query& q) {
      for (const int column : {1, 2})
        if (!q.view(column).empty()) one.legal_days.push_back(q.text(column));
    });
    each(kProofs, [](WorkRows& one, sql::Query& q) { one.legal_days.push_back(q.text(1)); });
    gather_contacts();
    return std::move(rows_);
  }

 private:
  template <class Take>
  void each(std::string_view text, const Take& take) {
    const auto read = [&](sql::Query& q) {
      std::optional<Id> last;  // rows of one case mostly follow each other: it is looked up once
      WorkRows* one = nullptr;
      while (q.next()) {
        if (const Id id = q.id(0); id != last) {
          const auto found = rows_.find(id);
          one = found == rows_.end() ? nullptr : &found->second;
          last = id;
        }
        if (one != nullptr) take(*one, q);
      }
    };
    if (only_) {
      sql::Query q(db_, narrowed(text, true), *only_);
      read(q);
    } else {
      sql::Query q(db_, narrowed(text, false));
      read(q);
    }
  }

  void gather_plans() {
    std::unordered_map<Id, Id> plan_of;  // the last active plan of a case
    each(kPlans, [&](WorkRows& one, sql::Query& q) {
      plan_of[q.id(0)] = q.id(1);
      one.plan_since = local_day(q.integer(2));
    });
    if (plan_of.empty()) return;
    each(kInstalments, [&](WorkRows& one, sql::Query& q) {
      const auto plan = plan_of.find(q.id(0));
      const std::int64_t cents = std::clamp(q.integer(3), -schema::kCentsMax, schema::kCentsMax);
      if (plan != plan_of.end() && plan->second == q.id(1)) one.instalments.push_back({q.text(2), cents});
    });
  }

  // A contact that was corrected counts as its correction says.
  void gather_contacts() {
    struct Contact {
      WorkRows* rows;
      Id id;
      Ms at;
      bool is_ours, is_answered;
    };
    std::vector<Contact> contacts;
    std::set<Id> corrected;
    each(kContacts, [&](WorkRows& one, sql::Query& q) {
      if (const auto old = q.maybe_id(5)) corrected.insert(*old);
      const std::string_view outcome = q.view(4);
      contacts.push_back({&one, q.id(1), q.integer(2), q.view(3) == "outbound",
                          outcome != "no_answer" && outcome != "voicemail" && outcome != "wrong_number" &&
                              outcome != "third_party"});
    });
    for (const Contact& contact : contacts) {
      if (corrected.contains(contact.id)) continue;
      WorkRows& one = *contact.rows;
      if (contact.is_ours) one.contacted_at = std::max(one.contacted_at, contact.at);
      if (contact.is_answered) one.answered_at = std::max(one.answered_at, contact.at);
    }
    each(kReminders,
         [](WorkRows& one, sql::Query& q) { one.contacted_at = std::max(one.contacted_at, q.integer(1)); });
  }

  sql::Connection& db_;
  const std::vector<CaseFacts>& facts_;
  const std::optional<Id>& only_;
  std::unordered_map<Id, WorkRows> rows_;
};

// ---- searching -----------------------------------------------------------------------------------------------------

constexpr std::string_view kNames =
    "SELECT c.id, c.number || ' ' || coalesce(k.name, '') || ' ' || coalesce(c.ledger_ref, '') || ' ' ||"
    " coalesce(d.legal_name, '') || ' ' || coalesce(d.trade_name, '') || ' ' || coalesce(d.first_name, ''),"
    " coalesce(d.siren, '') || ' ' || coalesce(d.siret, '')"
    " FROM case_file c LEFT JOIN debtor d ON d.id = c.debtor_id LEFT JOIN creditor k ON k.id = c.creditor_id";
constexpr std::string_view kPieces =
    "SELECT case_id, piece_ref FROM claim WHERE piece_ref IS NOT NULL"
    " UNION ALL SELECT case_id, piece_ref FROM entry WHERE piece_ref IS NOT NULL";
constexpr std::string_view kPhones =
    "SELECT c.id, p.value FROM contact_point p JOIN case_file c ON c.debtor_id = p.debtor_id"
    " WHERE p.type IN ('phone', 'mobile') AND p.value IS NOT NULL";
constexpr std::size_t kNumberDigits = 4;  // fewer are a word like another

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

std::string digits_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c >= '0' && c <= '9') out += c;
  return out;
}

// Whether a search is a number as people write one.
bool is_number(std::string_view search) {
  return digits_of(search).size() >= kNumberDigits && std::all_of(search.begin(), search.end(), [](char c) {
           return (c >= '0' && c <= '9') || c == ' ' || c == '.' || c == '-' || c == '(' || c == ')' ||
                  c == '+';
         });
}

bool has_all(const std::string& text, const std::vector<std::string>& words) {
  return std::all_of(words.begin(), words.end(),
                     [&](const std::string& word) { return text.find(word) != std::string::npos; });
}

}  // namespace

std::unordered_map<Id, WorkRows> work_rows(sql::Connection& db, const std::vector<CaseFacts>& facts,
                                           const std::optional<Id>& only) {
  return Gatherer(db, facts, only).gather();
}

std::vector<Id> find_cases(sql::Connection& db, std::string_view search) {
  const std::vector<std::string> words = words_of(search);
  std::unordered_map<Id, std::string> texts;
  std::set<Id> found;
  const std::string number = is_number(search) ? digits_of(search) : "";
  const std::string phone = number.empty() ? "" : national_digits(search);
  {
    sql::Query q(db, kNames);
    while (q.next()) {
      texts[q.id(0)] = folded(q.view(1)) + "\n" + q.text(2) + "\n";
      if (!number.empty() && q.view(2).find(number) != std::string_view::npos) found.insert(q.id(0));
    }
  }
  {
    sql::Query q(db, kPieces);
    while (q.next())
      if (const auto one = texts.find(q.id(0)); one != texts.end()) one->second += folded(q.view(1)) + "\n";
  }
  if (phone.size() >= kNumberDigits) {
    sql::Query q(db, kPhones);
    while (q.next())
      if (national_digits(q.view(1)).find(phone) != std::string::npos) found.insert(q.id(0));
  }
  for (const auto& [id, text] : texts)
    if (has_all(text, words)) found.insert(id);
  return {found.begin(), found.end()};
}

}  // namespace relance
