#include "server/retention.h"

#include <algorithm>
#include <array>
#include <set>

#include "host/failure.h"
#include "schema/ddl.h"
#include "schema/instant.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"
#include "server/row_ids.h"

namespace relance::server {
namespace {

using schema::Retention;

struct DefaultRetention {
  std::string_view code, covers, event;
  std::int64_t months;
  std::string_view keep, legal_basis;
};

// The operator's own choice, each with its ground: the CNIL's reference for unpaid bills does not bind a collector
// (délib. 2021-130). Every one is a row that the office corrects by a later one.
constexpr std::array kDefaults{
    DefaultRetention{"RC1", "case_file", "closed", 60, "vouchers",
                     "C. civ. 2224 (responsabilité du service rendu)"},
    DefaultRetention{"RC2", "case_file", "paid", 60, "vouchers", "C. civ. 2224, C. com. L110-4"},
    DefaultRetention{"RC3", "case_file", "mandate_end", 12, "vouchers", "RGPD art. 28(3)(g)"},
    DefaultRetention{"RC4", "case_file", "time_barred", 6, "vouchers", "RGPD art. 5(1)(e)"},
    DefaultRetention{"RC5", "case_file", "title", 132, "vouchers", "CPCE L111-4, et un an"},
    DefaultRetention{"RC6", "accounting", "year_end", 120, "nothing", "C. com. L123-22"},
    DefaultRetention{"RC8", "access", "written", 12, "nothing", "CNIL délib. 2021-122"},
    DefaultRetention{"RC9", "case_file", "wrong_person", 0, "nothing", "RGPD art. 5(1)(d)"},
    DefaultRetention{"RC10", "journal", "written", 60, "nothing", "RGPD art. 5(2)"},
    DefaultRetention{"RC11", "erased_id", "written", 13, "nothing", "policy"},
};
constexpr std::string_view kAlways = "1990-01-01";

std::optional<CivilDate> day_in(const sql::Query& q, int column) {
  return q.is_null(column) ? std::nullopt : parse_civil_date(q.view(column));
}

std::string_view class_word(Retention retention) {
  switch (retention) {
    case Retention::case_file: return "case_file";
    case Retention::accounting: return "accounting";
    case Retention::access: return "access";
    case Retention::journal: return "journal";
    case Retention::reference:
    case Retention::engine: break;
  }
  return {};
}

bool is_paid_reason(std::string_view reason) { return reason == "settled" || reason == "paid"; }
bool is_given_back_reason(std::string_view reason) { return reason == "mandate_end" || reason == "returned"; }

}  // namespace

std::int64_t add_retention_rules(Ledger& ledger, const Author& author) {
  EditBatch edits(ledger, author, "office.retention");
  RowIds ids(ledger.random(), ledger.now());
  std::int64_t added = 0;
  for (const DefaultRetention& rule : kDefaults) {
    if (sql::number(ledger.db(), "SELECT 1 FROM retention_rule WHERE code = ?1", rule.code)) continue;
    OpDraft draft(sync::OpKind::insert, "retention_rule", ids.next());
    draft.set("code", rule.code)
        .set("valid_from", kAlways)
        .set("covers", rule.covers)
        .set("event", rule.event);
    draft.set("months", Value{rule.months}).set("keep", rule.keep).set("legal_basis", rule.legal_basis);
    edits.add(draft.take());
    ++added;
  }
  edits.flush();
  return added;
}

std::vector<RetentionRule> load_retention_rules(sql::Connection& db) {
  std::vector<RetentionRule> out;
  sql::Query q(
      db,
      "SELECT code, covers, event, valid_from, months, keep, legal_basis FROM retention_rule ORDER BY code, "
      "valid_from");
  while (q.next()) {
    const auto event = parse_retention_event(q.view(2));
    const auto from = parse_civil_date(q.view(3));
    if (!event || !from) continue;
    out.push_back({.code = q.text(0),
                   .covers = q.text(1),
                   .event = *event,
                   .valid_from = *from,
                   .months = q.is_null(4) ? std::nullopt : std::optional(q.integer(4)),
                   .keeps_vouchers = q.view(5) == "vouchers",
                   .legal_basis = q.text(6)});
  }
  return out;
}

std::vector<std::string> tables_without_end(std::span<const RetentionRule> in_force) {
  std::set<std::string> out;
  const auto is_ended = [&](Retention retention) {
    const std::string_view word = class_word(retention);
    if (word.empty()) return true;  // while in force, or while the protocol needs it: no person's
    if (retention != Retention::case_file) return rule_for(in_force, word) != nullptr;
    // Whatever else happens to a case, it is closed one day.
    return std::any_of(in_force.begin(), in_force.end(), [](const RetentionRule& rule) {
      return rule.covers == "case_file" && rule.event == RetentionEvent::closed && rule.months;
    });
  };
  const auto look = [&](const schema::Table& t) {
    const bool is_personal = std::any_of(t.columns.begin(), t.columns.end(), [](const schema::Column& c) {
      return c.privacy != schema::Privacy::none;
    });
    if (is_personal && !is_ended(t.retention)) out.insert(std::string(t.name));
  };
  for (const schema::Table& t : schema::business_tables()) look(t);
  for (const schema::Table& t : schema::engine_tables())
    if (schema::is_on(t, schema::Side::server)) look(t);
  return {out.begin(), out.end()};
}

void require_every_end(sql::Connection& db, CivilDate today) {
  const std::vector<RetentionRule> all = load_retention_rules(db);
  const std::vector<std::string> open = tables_without_end(rules_in_force(all, today));
  if (open.empty()) return;
  std::string names;
  for (const std::string& name : open) names += (names.empty() ? "" : ", ") + name;
  throw Failure(Code::refused, "No retention rule ever ends what these tables hold of persons: " + names +
                                   ". Add one (`relance-server retention set`), then start again.");
}

std::vector<CaseRetention> load_case_retention(sql::Connection& db, const std::optional<Id>& only) {
  std::vector<CaseRetention> out;
  sql::Query q(
      db,
      "SELECT c.id, c.number, c.stage, coalesce(c.closed_reason, ''), c.legal_hold, c.created_at, m.valid_to,"
      " (SELECT max(h.happened_at) FROM history h WHERE h.row_id = c.id AND h.unit = 'stage'),"
      " (SELECT max(p.paid_on) FROM payment p WHERE p.case_id = c.id AND p.state = 'received'),"
      " (SELECT max(e.booked_on) FROM entry e WHERE e.case_id = c.id AND e.kind = 'payment'),"
      " (SELECT max(l.happened_on) FROM limitation_event l WHERE l.case_id = c.id AND l.act = 'title' AND "
      "l.undone = 0),"
      " EXISTS (SELECT 1 FROM claim k WHERE k.case_id = c.id AND k.state = 'open'),"
      // He gets his data, or his correction, before they go; a request to erase is what a purge answers.
      " EXISTS (SELECT 1 FROM person_request r WHERE r.debtor_id = c.debtor_id AND r.kind IN ('access', "
      "'rectify') AND"
      " r.state IN ('open', 'weighed'))"
      " FROM case_file c LEFT JOIN mandate m ON m.id = c.mandate_id WHERE " +
          std::string(only ? "c.id = ?1" : "c.stage = 'closed'") + " ORDER BY c.number");
  if (only) q.bind(1, Value{*only});
  while (q.next()) {
    CaseRetention& one = out.emplace_back();
    one.case_id = q.id(0);
    one.number = q.text(1);
    const std::string_view reason = q.view(3);
    one.events.is_closed = q.view(2) == "closed";
    one.bars.legal_hold = q.integer(4) != 0;
    one.bars.open_claim = q.integer(11) != 0;
    one.bars.request = q.integer(12) != 0;
    // Since version 1 a case bears no day of closing; its history does.
    const CivilDate closed_on = civil_date_of(q.is_null(7) ? q.integer(5) : q.integer(7), 0);
    if (!one.events.is_closed) continue;
    one.events.closed_on = closed_on;
    if (is_paid_reason(reason)) {
      const auto money = std::max(day_in(q, 8), day_in(q, 9));
      one.events.paid_on = money ? *money : closed_on;
    }
    if (is_given_back_reason(reason)) one.events.mandate_end_on = day_in(q, 6).value_or(closed_on);
    if (reason == "time_barred") one.events.time_barred_on = closed_on;
    if (reason == "wrong_person") one.events.wrong_person_on = closed_on;
    one.events.title_on = day_in(q, 10);
  }
  return out;
}

}  // namespace relance::server
