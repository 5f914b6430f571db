#include "server/person_requests.h"

#include <algorithm>
#include <array>

#include "host/case_query.h"
#include "host/dated_rules.h"
#include "host/failure.h"
#include "schema/tables.h"
#include "server/database.h"
#include "server/edit_batch.h"
#include "server/legal_holds.h"
#include "server/op_draft.h"

namespace relance::server {
namespace {

constexpr std::string_view kTable = "person_request";
constexpr std::string_view kRectify = "person.rectify ";  // an intent: the request's id follows

const schema::Table& requests() {
  static const schema::Table& t = schema::table(kTable);
  return t;
}

Row request_row(sql::Connection& db, const Id& id) {
  if (auto row = load_row(db, requests(), id)) return std::move(*row);
  throw Failure(Code::not_found,
                "There is no request of that id; `relance-server request list --all` lists them.");
}

bool is_answered(std::string_view state) { return state == "answered" || state == "refused"; }

void put(OpDraft& draft, const Row& row, std::string_view column, Value after) {
  draft.set(column, std::move(after), value_of(requests(), row, column));
}

void apply(Ledger& ledger, const Author& author, std::string intent, std::vector<sync::Op> ops) {
  EditBatch edits(ledger, author, std::move(intent));
  for (sync::Op& op : ops) edits.add(std::move(op));
  edits.flush();
}

CivilDate day_of(std::string_view iso) { return parse_civil_date(iso).value_or(CivilDate{}); }

// "GDPR access: ..." as agents' commands write it.
std::string kind_in(std::string_view message) {
  if (!message.starts_with("GDPR ")) return {};
  for (const std::string_view kind : schema::kPersonRequestKindWords)
    if (message.substr(5).starts_with(kind)) return std::string(kind);
  return {};
}

constexpr std::string_view kLines =
    "SELECT r.id, r.debtor_id, r.case_id, r.kind, r.state, coalesce(c.number, ''),"
    " coalesce(d.legal_name, d.trade_name, ''), r.received_on, coalesce(r.extended_until_on, r.due_on), "
    "coalesce(r.extended_on, ''),"
    " coalesce(r.extension_reason, ''), coalesce(r.channel, ''), coalesce(r.detail, ''), coalesce(r.grounds, "
    "''),"
    " coalesce(r.answered_on, ''), coalesce(r.answer, '') FROM person_request r"
    " LEFT JOIN case_file c ON c.id = r.case_id LEFT JOIN debtor d ON d.id = r.debtor_id";

RequestLine line_at(const sql::Query& q, CivilDate today, std::int64_t warn_days) {
  RequestLine out{.id = q.id(0),
                  .debtor_id = q.id(1),
                  .case_id = q.maybe_id(2),
                  .kind = q.text(3),
                  .state = q.text(4),
                  .number = q.text(5),
                  .debtor = q.text(6),
                  .received_on = q.text(7),
                  .due_on = q.text(8),
                  .extended_on = q.text(9),
                  .extension_reason = q.text(10),
                  .channel = q.text(11),
                  .detail = q.text(12),
                  .grounds = q.text(13),
                  .answered_on = q.text(14),
                  .answer = q.text(15)};
  out.is_open = !is_answered(out.state);
  out.days_left = days_between(today, day_of(out.due_on));
  if (out.is_open) out.clock = request_clock(day_of(out.due_on), today, warn_days);
  return out;
}

// Without the rule a request is near on its day only: `status` speaks also where a row is missing.
std::int64_t warn_days(sql::Connection& db, CivilDate today) {
  return find_dated_amount(db, "person_request_warn_days", iso_text(today)).value_or(0);
}

}  // namespace

std::vector<RequestLine> person_requests(sql::Connection& db, CivilDate today, bool only_open) {
  const std::int64_t days = warn_days(db, today);
  std::vector<RequestLine> out;
  sql::Query q(db, std::string(kLines) + " ORDER BY coalesce(r.extended_until_on, r.due_on), r.id");
  while (q.next())
    if (RequestLine line = line_at(q, today, days); line.is_open || !only_open)
      out.push_back(std::move(line));
  std::stable_partition(out.begin(), out.end(), [](const RequestLine& one) { return one.is_open; });
  return out;
}

RequestLine one_request(sql::Connection& db, const Id& id, CivilDate today) {
  static_cast<void>(request_row(db, id));
  sql::Query q(db, std::string(kLines) + " WHERE r.id = ?1", id);
  RELANCE_ASSERT(q.next());
  return line_at(q, today, warn_days(db, today));
}

std::vector<UntakenRequest> untaken_requests(sql::Connection& db) {
  std::vector<UntakenRequest> out;
  sql::Query q(
      db,
      "SELECT e.id, c.number, coalesce(d.legal_name, d.trade_name, ''), e.message, coalesce(e.raised_on, '')"
      " FROM escalation e JOIN case_file c ON c.id = e.case_id JOIN debtor d ON d.id = c.debtor_id"
      " WHERE e.to_role = 'dpo' AND e.state <> 'answered'"
      " AND NOT EXISTS (SELECT 1 FROM person_request r WHERE r.escalation_id = e.id)"
      " ORDER BY e.raised_on, e.id");
  while (q.next()) out.push_back({q.id(0), q.text(1), q.text(2), kind_in(q.view(3)), q.text(4)});
  return out;
}

Id add_request(Ledger& ledger, const Author& author, const RequestMade& made) {
  const std::int64_t months = dated_amount(ledger.db(), "person_request_months", iso_text(made.received_on));
  OpDraft draft(sync::OpKind::insert, kTable, ledger.random().row_id(ledger.now()));
  draft.set("debtor_id", Value{made.debtor_id}).set("kind", made.kind);
  if (made.case_id) draft.set("case_id", Value{*made.case_id});
  if (made.escalation_id) draft.set("escalation_id", Value{*made.escalation_id});
  if (!made.channel.empty()) draft.set("channel", made.channel);
  if (!made.detail.empty()) draft.set("detail", made.detail);
  if (!made.grounds.empty()) draft.set("grounds", made.grounds);
  draft.set("received_on", iso_text(made.received_on));
  draft.set("due_on", iso_text(answer_due_on(made.received_on, months)));
  sync::Op op = draft.take();
  const Id id = op.row;
  apply(ledger, author, "person.request", {std::move(op)});
  return id;
}

Id take_request(Ledger& ledger, const Author& author, const Id& escalation, const std::string& kind) {
  sql::Connection& db = ledger.db();
  const schema::Table& t = schema::table("escalation");
  const auto row = load_row(db, t, escalation);
  if (!row || text_of(t, *row, "to_role") != "dpo")
    throw Failure(
        Code::not_found,
        "There is no message to the data protection officer of that id; `relance-server request list`"
        " shows those that wait.");
  if (sql::number(db, "SELECT 1 FROM person_request WHERE escalation_id = ?1", escalation))
    throw Failure(Code::refused, "This message has become a request already.");
  const std::string named = kind_in(text_of(t, *row, "message"));
  if (named.empty() && kind.empty())
    throw Failure(Code::usage, "The message does not say which right is asked for: give --kind.");
  const auto case_id = id_of(t, *row, "case_id");
  const PersonNamed person = person_named(db, case_id->text());
  const auto on = parse_civil_date(text_of(t, *row, "raised_on"));
  const Id id = add_request(ledger, author,
                            {.kind = kind.empty() ? named : kind,
                             .debtor_id = person.debtor_id,
                             .case_id = case_id,
                             .escalation_id = escalation,
                             .received_on = on ? *on : civil_date_of(number_of(t, *row, "created_at"), 0),
                             .detail = text_of(t, *row, "message")});
  if (text_of(t, *row, "state") == "raised" && schema::may_write(author.role, schema::kOffice)) {
    OpDraft seen(sync::OpKind::update, "escalation", escalation);
    seen.set("state", Value{std::string("acknowledged")}, value_of(t, *row, "state"));
    apply(ledger, author, "escalation.acknowledge", {seen.take()});
  }
  return id;
}

void extend_request(Ledger& ledger, const Author& author, const Id& request, CivilDate told_on,
                    const std::string& reason) {
  const Row row = request_row(ledger.db(), request);
  const auto text = [&](std::string_view column) { return text_of(requests(), row, column); };
  if (is_answered(text("state"))) throw Failure(Code::refused, "This request is answered already.");
  if (!text("extended_on").empty())
    throw Failure(Code::refused, "This request has been extended already, and may be once.");
  const CivilDate received = day_of(text("received_on")), due = day_of(text("due_on"));
  if (told_on > due)
    throw Failure(Code::refused,
                  "The person has to be told of a longer delay within the first month (GDPR art. 12(3)),"
                  " which ended on " +
                      iso_text(due) + ".");
  const std::string on = iso_text(received);
  const CivilDate later = answer_due_on(received, dated_amount(ledger.db(), "person_request_months", on),
                                        dated_amount(ledger.db(), "person_request_extension_months", on));
  OpDraft draft(sync::OpKind::update, kTable, request);
  put(draft, row, "extended_on", iso_text(told_on));
  put(draft, row, "extended_until_on", iso_text(later));
  put(draft, row, "extension_reason", reason);
  apply(ledger, author, "person.extend", {draft.take()});
}

void weigh_request(Ledger& ledger, const Author& author, const Id& request, const std::string& grounds) {
  const Row row = request_row(ledger.db(), request);
  if (is_answered(text_of(requests(), row, "state")))
    throw Failure(Code::refused, "This request is answered already.");
  OpDraft draft(sync::OpKind::update, kTable, request);
  put(draft, row, "grounds", grounds);
  put(draft, row, "state", std::string("weighed"));
  apply(ledger, author, "person.weigh", {draft.take()});
}

void answer_request(Ledger& ledger, const Author& author, const Id& request, const RequestAnswer& answer) {
  sql::Connection& db = ledger.db();
  const Row row = request_row(db, request);
  if (is_answered(text_of(requests(), row, "state")))
    throw Failure(Code::refused, "This request is answered already.");
  if (text_of(requests(), row, "kind") == "object" && text_of(requests(), row, "grounds").empty())
    throw Failure(
        Code::refused,
        "An objection is weighed before it is answered (GDPR art. 21(1)): `relance-server request weigh`.");
  OpDraft draft(sync::OpKind::update, kTable, request);
  put(draft, row, "state", std::string(answer.is_refused ? "refused" : "answered"));
  put(draft, row, "answered_on", iso_text(answer.on));
  put(draft, row, "answer", answer.text);
  std::vector<sync::Op> ops{draft.take()};
  apply(ledger, author, "person.answer", std::move(ops));
  if (!answer.do_not_contact) return;
  const Id debtor = *id_of(requests(), row, "debtor_id");
  const schema::Table& t = schema::table("debtor");
  const auto held = load_row(db, t, debtor);
  if (!held) return;
  // The column is the staff's; what an officer grants here is written in the office's name.
  Author office = author;
  office.role = schema::office;
  OpDraft mark(sync::OpKind::update, "debtor", debtor);
  mark.set("do_not_contact", Value{std::int64_t{1}}, value_of(t, *held, "do_not_contact"));
  apply(ledger, office, "person.do_not_contact", {mark.take()});
}

// ---- corrections -------------------------------------------------------------------------------------------------

namespace {

// Whose the row is: the debtor of its case, or its own.
PersonNamed person_of(sql::Connection& db, const schema::Table& table, const Row& row) {
  const Scope scope = scope_of(table, row);
  if (scope.case_id) return person_named(db, scope.case_id->text());
  if (scope.debtor_id) return {*scope.debtor_id, std::nullopt};
  throw Failure(Code::refused, "A row of `" + std::string(table.name) +
                                   "` is no person's: change it with `relance-server edit`.");
}

}  // namespace

Id rectify(Ledger& ledger, const Author& author, Correction correction, const std::optional<Id>& request,
           CivilDate today) {
  sql::Connection& db = ledger.db();
  const auto row = load_row(db, *correction.table, correction.row);
  if (!row) throw Failure(Code::not_found, "There is no row of that id.");
  const PersonNamed person = person_of(db, *correction.table, *row);
  Id id = request.value_or(Id{});
  if (request) {
    const Row held = request_row(db, *request);
    if (id_of(requests(), held, "debtor_id") != person.debtor_id)
      throw Failure(Code::refused, "This request is of another person than the row.");
    const std::string grounds = text_of(requests(), held, "grounds");
    OpDraft draft(sync::OpKind::update, kTable, *request);
    put(draft, held, "grounds", grounds.empty() ? correction.ground : grounds + "\n" + correction.ground);
    apply(ledger, author, "person.grounds", {draft.take()});
  } else {
    id = add_request(ledger, author,
                     {.kind = "rectify",
                      .debtor_id = person.debtor_id,
                      .case_id = person.case_id,
                      .received_on = today,
                      .grounds = correction.ground});
  }
  sync::Op op{.kind = sync::OpKind::update, .table = correction.table, .row = correction.row};
  op.changes = std::move(correction.changes);
  for (sync::Change& change : op.changes) change.before = (*row)[change.column];
  apply(ledger, author, std::string(kRectify) + id.text(), {std::move(op)});
  return id;
}

std::vector<Reach> reach_of(sql::Connection& db, const schema::Table& table, const Id& row) {
  std::vector<Reach> out;
  sql::Query q(
      db,
      "SELECT d.id, s.name, coalesce(d.name, ''), d.state, t.last_sync_at, t.pending, e.seq,"
      " CASE WHEN e.feed_id = ?3 THEN t.common_cursor ELSE t.agent_cursor END FROM feed_entry e"
      " JOIN device d ON d.staff_id = e.feed_id OR e.feed_id = ?3"
      " JOIN device_state t ON t.device_id = d.id JOIN staff s ON s.id = d.staff_id"
      " WHERE e.table_no = ?1 AND e.row_id = ?2 AND e.gone = 0 AND d.state <> 'wiped' AND s.name <> ?4"
      " ORDER BY s.name, d.id",
      table.number, row, kCommonFeed, kSystemStaff);
  while (q.next())
    out.push_back({.device = q.id(0),
                   .user = q.text(1),
                   .machine = q.text(2),
                   .state = q.text(3),
                   .last_sync_at = q.integer(4),
                   .pending = q.integer(5),
                   .has_reached = q.integer(7) >= q.integer(6)});
  return out;
}

std::vector<CorrectedRow> corrections_of(sql::Connection& db, const Id& request) {
  std::vector<CorrectedRow> out;
  {
    sql::Query q(
        db,
        "SELECT h.table_no, h.row_id, h.unit, coalesce(h.before, ''), coalesce(h.after, ''), h.happened_at,"
        " s.name FROM mutation_log m JOIN history h ON h.device_id = m.device_id AND h.n = m.n"
        " JOIN staff s ON s.id = h.staff_id WHERE m.intent = ?1 ORDER BY m.n, h.position",
        std::string(kRectify) + request.text());
    while (q.next())
      out.push_back({.table = schema::find_table(static_cast<int>(q.integer(0))),
                     .row = q.id(1),
                     .unit = q.text(2),
                     .before = q.text(3),
                     .after = q.text(4),
                     .happened_at = q.integer(5),
                     .author = q.text(6),
                     .devices = {}});
  }
  std::erase_if(out, [](const CorrectedRow& one) { return one.table == nullptr; });
  for (CorrectedRow& one : out) one.devices = reach_of(db, *one.table, one.row);
  return out;
}

PersonNamed person_named(sql::Connection& db, const std::string& number_or_id) {
  if (const auto case_id = find_case(db, number_or_id))
    return {*sql::id(db, "SELECT debtor_id FROM case_file WHERE id = ?1", *case_id), case_id};
  if (const auto id = Id::parse(number_or_id); id && row_exists(db, schema::table("debtor"), *id))
    return {*id, std::nullopt};
  throw Failure(Code::not_found,
                "There is no case of that number and no debtor of that id; `relance-server cases --search` "
                "finds them.");
}

// ---- alarms ------------------------------------------------------------------------------------------------------

std::vector<RightsAlarm> rights_alarms(sql::Connection& db, CivilDate today) {
  std::vector<RightsAlarm> out;
  for (const RequestLine& one : person_requests(db, today, true)) {
    if (one.clock == RequestClock::running) continue;
    const bool is_over = one.clock == RequestClock::over;
    out.push_back({"request_due",
                   "The request " + one.id.text() + " (" + one.kind + ") " +
                       (is_over ? "had to be answered by " : "has to be answered by ") + one.due_on + ".",
                   is_over});
  }
  if (const auto waiting = untaken_requests(db); !waiting.empty())
    out.push_back(
        {"request_untaken",
         std::to_string(waiting.size()) +
             " messages to the data protection officer are no request yet: relance-server request list.",
         false});
  for (const HoldLine& one : legal_holds(db, today, true))
    if (one.is_review_over)
      out.push_back({"hold_review",
                     "The legal hold " + one.id.text() + " had to be looked at again by " + one.review_on +
                         ": it stands until two persons lift it.",
                     true});
  return out;
}

}  // namespace relance::server
