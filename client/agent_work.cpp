// The edits behind the agent's commands. See agent_work.h.
#include "client/agent_work.h"

#include <algorithm>

#include "client/row_draft.h"
#include "host/dunning_query.h"
#include "host/failure.h"
#include "host/local_day.h"
#include "host/received_money.h"
#include "host/value_text.h"
#include "host/work_query.h"
#include "schema/amounts.h"
#include "schema/lookup.h"
#include "schema/tables.h"

namespace relance::client {
namespace {

constexpr Ms kMinuteMs = 60'000;
constexpr Ms kDayMs = 24 * 60 * kMinuteMs;
constexpr std::int64_t kWholeBp = 10'000;
constexpr int kCorrectionsMax = 1'000;  // of one contact: a chain that is longer is damage

std::string two_digits(int n) { return (n < 10 ? "0" : "") + std::to_string(n); }

std::int64_t flag(bool is_set) { return is_set ? 1 : 0; }

}  // namespace

// ---- shared --------------------------------------------------------------------------------------------------------

std::int64_t AgentWork::amount(std::string_view code) const { return dated_amount(db_, code, today_); }

Id AgentWork::new_id() { return random_.row_id(replica_.corrected_now()); }

Work AgentWork::commit(std::string intent, std::vector<sync::Op> ops, Recorded recorded) {
  const auto result = replica_.edit(std::move(intent), std::move(ops));
  if (const auto* refusal = std::get_if<EditRefusal>(&result))
    return WorkRefusal{refusal->code, {refusal->where}};
  recorded.n = std::get<std::int64_t>(result);
  return recorded;
}

std::optional<WorkRefusal> AgentWork::screen(const Note& note, std::vector<NoteFinding>& flags) const {
  if (note.text.empty()) return std::nullopt;
  const std::int64_t size = character_count(note.text), limit = amount("note_max_characters");
  if (size > limit) return WorkRefusal{"note_too_long", {std::to_string(size), std::to_string(limit)}};
  return look_for_flags(note, flags);
}

std::optional<WorkRefusal> AgentWork::look_for_flags(const Note& note,
                                                     std::vector<NoteFinding>& flags) const {
  std::vector<NoteFinding> found = screen_note(folded(note.text));
  if (!found.empty() && !note.keep) {
    WorkRefusal refusal{"note_flagged"};
    for (const NoteFinding& one : found)
      refusal.details.insert(refusal.details.end(), {std::string(name_of(one.flag)), one.word});
    return refusal;
  }
  flags.insert(flags.end(), found.begin(), found.end());
  return std::nullopt;
}

sync::Op AgentWork::task_op(const Id& case_id, const NextStep& step, const std::string& title) {
  return RowDraft("task", new_id())
      .set("case_id", case_id)
      .set("kind", step.kind)
      .set("title", title)
      .set("due_on", step.due_on)
      .set("assignee_id", replica_.identity().staff_id)
      .take();
}

// ---- contacts ------------------------------------------------------------------------------------------------------

CallCheck AgentWork::check_call(const Id& case_id, bool inbound, bool to_guardian) {
  const sql::Transaction snapshot(db_, sql::Access::read);
  CallCheck out;
  out.policy = {.from_minute = amount("contact_from_minute"),
                .until_minute = amount("contact_until_minute"),
                .saturday_from_minute = amount("contact_saturday_from_minute"),
                .saturday_until_minute = amount("contact_saturday_until_minute"),
                .window_days = amount("contact_window_days"),
                .warn_count = amount("contact_warn_count"),
                .block_count = amount("contact_block_count")};
  const Ms now = replica_.corrected_now();
  out.facts = call_facts(db_, case_id, today_, now - out.policy.window_days * kDayMs);
  if (out.facts.zone.empty()) out.facts.zone = zone_of_postcode(out.facts.postcode);
  const CivilDate day = parse_civil_date(today_).value_or(CivilDate{});
  const DatedRules rules(db_);
  out.findings = contact_findings(
      {.now = now,
       .zone = out.facts.zone,
       .region = holiday_region_of(out.facts.postcode),
       .outbound = out.facts.outbound,
       .reached = out.facts.answered,
       .is_inbound = inbound,
       .is_protected = out.facts.is_protected || !out.facts.guardians.empty(),
       .is_to_guardian = to_guardian,
       .is_deceased = out.facts.is_deceased,
       .is_agency = out.facts.is_agency,
       .has_mandate = out.facts.has_mandate,
       .has_agency_letter = out.facts.letter.has_value(),
       .stops = dunning_stops(dunning_facts(dunning_rows(db_, case_id)),
                              {.promise_grace_days = rules.at("promise_grace_days", today_).value_or(0),
                               .small_claim_months = rules.at("small_claim_months", today_).value_or(0)},
                              day)},
      out.policy);
  if (const auto local = local_time_of(now, out.facts.zone))
    out.local_time = two_digits(local->minute / 60) + ":" + two_digits(local->minute % 60);
  return out;
}

std::optional<WorkRefusal> AgentWork::why_not_called(const CallReport& report, const CallCheck& check) const {
  if (report.amends) return std::nullopt;
  const auto weight = weight_of(check.findings);
  if (!weight || *weight == ContactWeight::warning) return std::nullopt;
  WorkRefusal refusal{*weight == ContactWeight::forbidden ? "contact_forbidden" : "contact_needs_grounds"};
  for (const ContactFinding& finding : check.findings)
    if (finding.weight == *weight) refusal.details.emplace_back(name_of(finding.bar));
  if (*weight == ContactWeight::needs_grounds && !report.why.empty()) return std::nullopt;
  return refusal;
}

// The contact that an amendment corrects, in its newest wording: column by column.
struct AgentWork::Amended {
  Id id;
  std::vector<std::pair<std::string_view, Value>> cells;  // without case and amends_id

  [[nodiscard]] const Value& at(std::string_view column) const {
    static const Value none = Null{};
    for (const auto& [name, value] : cells)
      if (name == column) return value;
    return none;
  }
  [[nodiscard]] std::string word(std::string_view column) const {
    const auto* text = std::get_if<std::string>(&at(column));
    return text == nullptr ? std::string() : *text;
  }
};

std::optional<AgentWork::Amended> AgentWork::amended(const CallReport& report) const {
  Amended out{.id = *report.amends, .cells = {}};
  for (int steps = 0; steps < kCorrectionsMax; ++steps) {
    const auto newer =
        sql::id(db_, "SELECT id FROM contact_event WHERE amends_id = ?1 AND case_id = ?2 ORDER BY id LIMIT 1",
                out.id, report.case_id);
    if (!newer) break;
    out.id = *newer;
  }
  std::vector<std::string_view> columns;
  std::string names = "coalesce(happened_at, created_at)";
  for (const schema::Column& column : schema::table("contact_event").columns.subspan(schema::kStampColumns)) {
    const bool is_own =
        column.name == "case_id" || column.name == "amends_id" || column.name == "happened_at";
    if (is_own || (column.writers & schema::agent) == 0 || !column.served) continue;
    columns.push_back(column.name);
    names += ", " + std::string(column.name);
  }
  sql::Query q(db_, "SELECT " + names + " FROM contact_event WHERE id = ?1 AND case_id = ?2", out.id,
               report.case_id);
  if (!q.next()) return std::nullopt;
  out.cells.emplace_back("happened_at", q.value(0));
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (Value value = q.value(static_cast<int>(i) + 1); !is_null(value))
      out.cells.emplace_back(columns[i], std::move(value));
  return out;
}

// What an amendment does not name stays as it was.
void AgentWork::keep_unnamed(CallReport& report, const Amended& old) {
  if (report.outcome.empty()) report.outcome = old.word("outcome");
  if (report.reason.empty()) report.reason = old.word("reason");
  if (report.spoke_to.empty() && !report.right_party && !report.to_guardian)
    report.spoke_to = old.word("spoke_to");
  if (report.note.text.empty()) report.note = {old.word("note"), true};
  if (!report.inbound) report.inbound = old.word("direction") == "inbound";
}

std::optional<WorkRefusal> AgentWork::why_not_logged(const CallReport& report, const CallCheck& check,
                                                     const std::string& outcome_before) const {
  if (report.to_guardian && report.spoke_to.empty() && check.facts.guardians.empty())
    return WorkRefusal{"right_party_unknown"};  // a guardian that nobody has named is nobody
  if (report.promise_cents && !needs_right_party(report.outcome)) return WorkRefusal{"right_party_unknown"};
  if (!report.promise_by.empty() && report.promise_by < today_)
    return WorkRefusal{"day_is_past", {report.promise_by}};
  if (auto refusal = why_not_called(report, check)) return refusal;
  const bool discloses = needs_right_party(report.outcome) && !needs_right_party(outcome_before);
  if (discloses && !report.right_party && report.spoke_to.empty() && !report.to_guardian)
    return WorkRefusal{"right_party_unknown"};
  if (report.promise_cents.has_value() != !report.promise_by.empty() ||
      (report.outcome == "promise" && !report.promise_cents && outcome_before != "promise"))
    return WorkRefusal{"promise_incomplete"};
  if (report.next && report.next->due_on.empty()) return WorkRefusal{"next_without_day"};
  return std::nullopt;
}

sync::Op AgentWork::contact_op(const Id& id, const CallReport& report, const CallCheck& check,
                               const std::string& note, const std::optional<Amended>& old) {
  RowDraft contact("contact_event", id);
  contact.set("case_id", report.case_id);
  if (!old) contact.set("happened_at", replica_.corrected_now()).set("channel", "call");
  contact.set("direction", report.inbound.value_or(false) ? "inbound" : "outbound")
      .set("outcome", report.outcome)
      .set("reason", report.reason)
      .set("spoke_to", report.spoke_to)
      .set("note", note);
  const bool recalls = needs_right_party(report.outcome) && check.facts.is_agency && check.facts.letter;
  if (recalls && (!old || is_null(old->at("letter_recalled"))))
    contact.set("letter_recalled", check.facts.letter->number);
  if (old) contact.set("amends_id", old->id);
  sync::Op op = contact.take();
  if (old)
    for (const auto& [column, value] : old->cells)
      if (const std::size_t index = schema::column(*op.table, column); op.find(index) == nullptr)
        op.changes.push_back({index, Null{}, value});
  return op;
}

Work AgentWork::record_call(CallReport report) {
  std::optional<Amended> old;
  if (report.amends) {
    old = amended(report);
    if (!old) return WorkRefusal{"no_such_contact"};
    keep_unnamed(report, *old);
  }
  const CallCheck check = check_call(report.case_id, report.inbound.value_or(false), report.to_guardian);
  if (auto refusal = why_not_logged(report, check, old ? old->word("outcome") : ""))
    return std::move(*refusal);
  if (report.spoke_to.empty() && report.to_guardian && !check.facts.guardians.empty())
    report.spoke_to = check.facts.guardians.front().name;
  if (report.spoke_to.empty() && report.right_party) report.spoke_to = check.facts.debtor;

  Recorded recorded{.row = new_id()};
  Note note = report.note;
  if (!report.why.empty() && !report.amends && weight_of(check.findings))
    note.text += (note.text.empty() ? "" : " ") +
                 ("[" + std::string(name_of(check.findings.front().bar)) + ": " + report.why + "]");
  if (auto refusal = screen(note, recorded.flags)) return std::move(*refusal);
  std::vector<sync::Op> ops{contact_op(recorded.row, report, check, note.text, old)};
  if (report.promise_cents) {
    recorded.replaces = open_promise(report.case_id);
    ops.push_back(promise_op(report.case_id, *report.promise_cents, report.promise_by, report.means,
                             report.spoke_to, recorded.replaces));
  }
  if (report.next) ops.push_back(task_op(report.case_id, *report.next, ""));
  if (report.outcome == "wrong_number" && !report.number.empty()) {
    const auto point = contact_point_of(db_, report.case_id, report.number);
    if (!point) return WorkRefusal{"no_such_number"};
    ops.push_back(RowDraft("contact_point", *point, sync::OpKind::update).set("status", "wrong").take());
  }
  return commit("contact.call", std::move(ops), std::move(recorded));
}

Work AgentWork::record_mail(const Id& case_id, std::string_view channel, const std::string& answer_by,
                            const Note& note) {
  Recorded recorded{.row = new_id()};
  if (auto refusal = screen(note, recorded.flags)) return std::move(*refusal);
  std::vector<sync::Op> ops{RowDraft("contact_event", recorded.row)
                                .set("case_id", case_id)
                                .set("happened_at", replica_.corrected_now())
                                .set("channel", channel)
                                .set("direction", "inbound")
                                .set("outcome", "reached")
                                .set("note", note.text)
                                .take()};
  if (!answer_by.empty()) ops.push_back(task_op(case_id, {"letter", answer_by}, ""));
  return commit("contact.mail", std::move(ops), std::move(recorded));
}

Work AgentWork::record_enquiry(const Id& case_id, const std::string& source, const std::string& consulted_on,
                               const std::string& reliability, const Note& finding) {
  if (source.find_first_not_of(" \t") == std::string::npos || consulted_on.empty())
    return WorkRefusal{"source_missing"};
  Recorded recorded{.row = new_id()};
  if (auto refusal = screen(finding, recorded.flags)) return std::move(*refusal);
  const auto debtor = sql::id(db_, "SELECT debtor_id FROM case_file WHERE id = ?1", case_id);
  if (!debtor) return WorkRefusal{"unknown_row", {"case_file"}};
  return commit("enquiry.record",
                {RowDraft("enquiry", recorded.row)
                     .set("debtor_id", *debtor)
                     .set("source", source)
                     .set("consulted_on", consulted_on)
                     .set("reliability", reliability)
                     .set("finding", finding.text)
                     .take()},
                std::move(recorded));
}

// ---- agreements ----------------------------------------------------------------------------------------------------

// The one that a new promise replaces: a promise that has run out is judged, not replaced, also when the office has not
// said yet what became of it.
std::optional<Id> AgentWork::open_promise(const Id& case_id) const {
  std::vector<MoneyReceived> received;
  for (const ReceivedOn& money : received_money(db_, case_id))
    if (const auto on = parse_civil_date(money.day)) received.push_back({*on, money.cents});
  const CivilDate today = parse_civil_date(today_).value_or(CivilDate{});
  const std::int64_t grace = find_dated_amount(db_, "promise_grace_days", today_).value_or(0);
  sql::Query q(
      db_,
      "SELECT id, created_at, due_on, amount_cents FROM promise WHERE case_id = ?1 AND state = 'open'"
      " AND id NOT IN (SELECT amends_id FROM promise WHERE case_id = ?1 AND amends_id IS NOT NULL)"
      " ORDER BY created_at DESC, id DESC",
      case_id);
  while (q.next()) {
    const auto made = parse_civil_date(local_day(q.integer(1))), due = parse_civil_date(q.view(2));
    if (made && due && is_superseded({*made, *due, q.integer(3)}, received, today, grace)) return q.id(0);
  }
  return std::nullopt;
}

sync::Op AgentWork::promise_op(const Id& case_id, std::int64_t cents, const std::string& by,
                               const std::string& means, const std::string& promised_by,
                               const std::optional<Id>& replaces) {
  RowDraft out("promise", new_id());
  out.set("case_id", case_id)
      .set("amount_cents", cents)
      .set("due_on", by)
      .set("means", means)
      .set("promised_by", promised_by);
  if (replaces) out.set("amends_id", *replaces);
  return out.take();
}

Work AgentWork::record_promise(const Id& case_id, std::int64_t cents, const std::string& by,
                               const std::string& means, const std::string& promised_by) {
  if (by < today_) return WorkRefusal{"day_is_past", {by}};
  Recorded recorded;
  recorded.replaces = open_promise(case_id);
  sync::Op op = promise_op(case_id, cents, by, means, promised_by, recorded.replaces);
  recorded.row = op.row;
  return commit("promise.record", {std::move(op)}, std::move(recorded));
}

std::variant<PlanDraft, WorkRefusal> AgentWork::draft_plan(const PlanWish& wish) {
  const CaseLine line = one_case(db_, wish.case_id, today_);
  {
    const sql::Transaction snapshot(db_, sql::Access::read);
    if (const auto why = why_no_plan(dunning_facts(dunning_rows(db_, wish.case_id))))
      return WorkRefusal{"plan_refused", {std::string(name_of(*why))}};
  }
  if (wish.first_on < today_) return WorkRefusal{"day_is_past", {wish.first_on}};
  PlanDraft out{.total_cents = wish.total_cents.value_or(line.asked_cents),
                .balance_cents = line.facts.balance_cents};
  if (out.total_cents > schema::kCentsMax)
    return WorkRefusal{"amount_too_large", {std::to_string(schema::kCentsMax)}};
  const auto step = parse_plan_step(wish.step);
  const auto first = parse_civil_date(wish.first_on);
  if (!step || !first) return WorkRefusal{"plan_impossible", {std::to_string(kInstalmentsMax)}};
  auto parts = instalments(out.total_cents, wish.count, *first, *step);
  if (!parts) return WorkRefusal{"plan_impossible", {std::to_string(kInstalmentsMax)}};
  out.instalments = std::move(*parts);
  sql::Query q(db_, "SELECT plan_limit_cents, plan_limit_months FROM staff WHERE id = ?1",
               replica_.identity().staff_id);
  if (q.next()) {
    out.limit_cents = q.integer(0);
    out.limit_months = q.integer(1);
  }
  out.is_within_limit =
      out.total_cents <= out.limit_cents &&
      out.instalments.back().due_on <= add_months(*parse_civil_date(today_), out.limit_months);
  return out;
}

Work AgentWork::propose_plan(const PlanWish& wish) {
  const auto drafted = draft_plan(wish);
  if (const auto* refusal = std::get_if<WorkRefusal>(&drafted)) return *refusal;
  const PlanDraft& plan = std::get<PlanDraft>(drafted);
  Recorded recorded{.row = new_id()};
  if (auto refusal = screen(wish.grounds, recorded.flags)) return std::move(*refusal);
  const Id plan_id = new_id();
  const std::int64_t version =
      sql::number(db_, "SELECT max(version) FROM payment_plan WHERE case_id = ?1", wish.case_id).value_or(0) +
      1;
  std::vector<sync::Op> ops{RowDraft("payment_plan", plan_id)
                                .set("case_id", wish.case_id)
                                .set("version", version)
                                .set("total_cents", plan.total_cents)
                                .set("instalments", static_cast<std::int64_t>(plan.instalments.size()))
                                .set("first_on", wish.first_on)
                                .set("step", wish.step)
                                .set("whole_if_missed", flag(wish.whole_if_missed))
                                .set("debt_acknowledged", flag(wish.debt_acknowledged))
                                .take()};
  for (const Instalment& one : plan.instalments)
    ops.push_back(RowDraft("instalment", new_id())
                      .set("case_id", wish.case_id)
                      .set("plan_id", plan_id)
                      .set("position", one.position)
                      .set("due_on", iso_text(one.due_on))
                      .set("amount_cents", one.amount_cents)
                      .take());
  ops.push_back(RowDraft("proposal", recorded.row)
                    .set("case_id", wish.case_id)
                    .set("kind", "plan")
                    .set("plan_id", plan_id)
                    .set("amount_cents", plan.total_cents)
                    .set("until_on", iso_text(plan.instalments.back().due_on))
                    .set("balance_cents", plan.balance_cents)
                    .set("grounds", wish.grounds.text)
                    .take());
  return commit("plan.propose", std::move(ops), std::move(recorded));
}

Work AgentWork::propose(const Id& case_id, std::string_view kind, std::int64_t cents,
                        const std::string& until, const Note& grounds) {
  if (until < today_) return WorkRefusal{"day_is_past", {until}};
  Recorded recorded{.row = new_id()};
  if (auto refusal = screen(grounds, recorded.flags)) return std::move(*refusal);
  const CaseLine line = one_case(db_, case_id, today_);
  return commit(std::string(kind) + ".propose",
                {RowDraft("proposal", recorded.row)
                     .set("case_id", case_id)
                     .set("kind", kind)
                     .set("amount_cents", cents)
                     .set("until_on", until)
                     .set("balance_cents", line.facts.balance_cents)
                     .set("grounds", grounds.text)
                     .take()},
                std::move(recorded));
}

Work AgentWork::propose_discount(const Id& case_id, std::int64_t cents, const std::string& until,
                                 const Note& grounds) {
  const std::int64_t asked = one_case(db_, case_id, today_).asked_cents;
  if (cents <= 0 || cents > asked) return WorkRefusal{"discount_senseless", {std::to_string(asked)}};
  const std::int64_t limit_bp =
      sql::number(db_, "SELECT discount_limit_bp FROM staff WHERE id = ?1", replica_.identity().staff_id)
          .value_or(0);
  const std::int64_t limit = asked / kWholeBp * limit_bp + asked % kWholeBp * limit_bp / kWholeBp;
  // Without a limit of his own he may propose any: the office decides in every case.
  if (limit_bp > 0 && cents > limit)
    return WorkRefusal{"discount_over_limit",
                       {std::to_string(limit), std::to_string(limit_bp), std::to_string(asked)}};
  return propose(case_id, "discount", cents, until, grounds);
}

Work AgentWork::propose_moratorium(const Id& case_id, const std::string& until, const Note& grounds) {
  return propose(case_id, "moratorium", one_case(db_, case_id, today_).asked_cents, until, grounds);
}

Work AgentWork::open_dispute(const Id& case_id, const std::string& piece, const std::string& reason,
                             const Note& detail) {
  Recorded recorded;
  if (auto refusal = screen(detail, recorded.flags)) return std::move(*refusal);
  std::vector<std::optional<Id>> claims;
  if (piece.empty()) {
    claims.emplace_back();  // everything
  } else {
    // A piece that falls due in parts is contested whole; the id of a claim means that part of it.
    sql::Query q(db_,
                 "SELECT id FROM claim WHERE case_id = ?1 AND (piece_ref = ?2 OR id = ?3) AND state = 'open'"
                 " ORDER BY due_on, id",
                 case_id, piece, Id::parse(piece));
    while (q.next()) claims.emplace_back(q.id(0));
    if (claims.empty()) return WorkRefusal{"no_such_piece"};
  }
  std::vector<sync::Op> ops;
  for (const std::optional<Id>& claim : claims) {
    RowDraft out("dispute", new_id());
    out.set("case_id", case_id).set("reason", reason).set("detail", detail.text).set("opened_on", today_);
    if (claim) out.set("claim_id", *claim);
    ops.push_back(out.take());
  }
  recorded.row = ops.front().row;
  recorded.rows = static_cast<std::int64_t>(ops.size());
  return commit("dispute.open", std::move(ops), std::move(recorded));
}

// ---- tasks and messages --------------------------------------------------------------------------------------------

Work AgentWork::add_task(const Id& case_id, const NextStep& step, const Note& title) {
  Recorded recorded;
  if (auto refusal = screen(title, recorded.flags)) return std::move(*refusal);
  sync::Op op = task_op(case_id, step, title.text);
  recorded.row = op.row;
  return commit("task.add", {std::move(op)}, std::move(recorded));
}

Work AgentWork::close_task(const Id& task, bool done, const Note& result) {
  Recorded recorded{.row = task};
  if (auto refusal = screen(result, recorded.flags)) return std::move(*refusal);
  const auto is_legal = sql::number(db_, "SELECT legal FROM task WHERE id = ?1", task);
  if (!is_legal) return WorkRefusal{"no_such_task"};
  if (*is_legal != 0 && (!done || result.text.empty())) return WorkRefusal{"result_missing"};
  return commit("task.close",
                {RowDraft("task", task, sync::OpKind::update)
                     .set("state", done ? "done" : "skipped")
                     .set("result", result.text)
                     .take()},
                std::move(recorded));
}

Work AgentWork::tell_office(const Id& case_id, std::string_view kind, std::string_view to_role,
                            const std::string& raised_on, const Note& message) {
  Recorded recorded{.row = new_id()};
  if (auto refusal = screen(message, recorded.flags)) return std::move(*refusal);
  return commit(std::string(kind) + ".raise",
                {RowDraft("escalation", recorded.row)
                     .set("case_id", case_id)
                     .set("kind", kind)
                     .set("to_role", to_role)
                     .set("message", message.text)
                     .set("raised_on", raised_on.empty() ? today_ : raised_on)
                     .take()},
                std::move(recorded));
}

Work AgentWork::propose_letter(const Id& case_id, std::string_view kind, const Note& passage) {
  Recorded recorded{.row = new_id()};
  if (auto refusal = look_for_flags(passage, recorded.flags)) return std::move(*refusal);
  return commit("letter.propose",
                {RowDraft("letter", recorded.row)
                     .set("case_id", case_id)
                     .set("kind", kind)
                     .set("passage", passage.text)
                     .take()},
                std::move(recorded));
}

// ---- words ---------------------------------------------------------------------------------------------------------

namespace {

Text text_of(std::string_view flag) {
  if (flag == "health") return Text::flag_health;
  if (flag == "religion") return Text::flag_religion;
  if (flag == "trade_union") return Text::flag_trade_union;
  if (flag == "opinion") return Text::flag_opinion;
  if (flag == "crime") return Text::flag_crime;
  if (flag == "private_life") return Text::flag_private_life;
  return flag == "insult" ? Text::flag_insult : Text::flag_bank_number;
}

Text text_of(DunningReason reason) {
  switch (reason) {
    case DunningReason::closed: return Text::stop_closed;
    case DunningReason::restricted: return Text::stop_restricted;
    case DunningReason::insolvency: return Text::stop_insolvency;
    case DunningReason::over_indebtedness: return Text::stop_over_indebtedness;
    case DunningReason::do_not_contact: return Text::stop_do_not_contact;
    case DunningReason::moratorium: return Text::stop_moratorium;
    case DunningReason::small_claim: return Text::stop_small_claim;
    case DunningReason::plan: return Text::stop_plan;
    case DunningReason::promise: return Text::stop_promise;
    case DunningReason::disputed: return Text::stop_disputed;
  }
  return Text::stop_closed;
}

std::string guardians_text(const CallFacts& facts) {
  std::string out;
  for (const CallFacts::Person& one : facts.guardians)
    out += (out.empty() ? " " : ", ") + one.name + (one.contact.empty() ? "" : " (" + one.contact + ")");
  return out;
}

std::string finding_text(Lang lang, const CallCheck& check, const ContactFinding& finding) {
  const std::int64_t this_one = check.facts.outbound + 1, days = check.policy.window_days;
  switch (finding.bar) {
    case ContactBar::ward: return phrase(lang, Text::bar_ward, {guardians_text(check.facts)});
    case ContactBar::deceased: return phrase(lang, Text::bar_deceased);
    case ContactBar::no_mandate: return phrase(lang, Text::no_mandate);
    case ContactBar::no_letter: return phrase(lang, Text::bar_no_letter);
    case ContactBar::dunning_stopped:
      return phrase(lang, text_of(finding.stop.value_or(DunningReason::closed)));
    case ContactBar::closed_day: return phrase(lang, Text::bar_closed_day);
    case ContactBar::closed_hours: return phrase(lang, Text::bar_closed_hours, {check.local_time});
    case ContactBar::too_often: return phrase(lang, Text::bar_too_often, {this_one, days});
    case ContactBar::often: return phrase(lang, Text::bar_often, {this_one, days});
    case ContactBar::unknown_zone: return phrase(lang, Text::bar_unknown_zone);
  }
  return {};
}

std::string cents_detail(const std::string& cents) { return cents_text(std::stoll(cents)); }

}  // namespace

std::vector<std::string> finding_texts(Lang lang, const CallCheck& check) {
  std::vector<std::string> out;
  for (const ContactFinding& finding : check.findings)
    out.push_back(finding_text(lang, check, finding) + " [" + std::string(name_of(finding.bar)) + "]");
  return out;
}

std::string flags_text(Lang lang, const std::vector<NoteFinding>& flags) {
  std::string out;
  for (const NoteFinding& one : flags)
    out += (out.empty() ? "" : ", ") + phrase(lang, text_of(name_of(one.flag))) + " (" + one.word + ")";
  return out;
}

std::string refusal_text(Lang lang, const WorkRefusal& refusal) {
  const auto& d = refusal.details;
  const auto say_it = [&](Text text, std::initializer_list<TextArg> args = {}) {
    return phrase(lang, text, args);
  };
  if (refusal.code == "note_flagged") {
    std::string words;
    for (std::size_t i = 0; i + 1 < d.size(); i += 2)
      words += (words.empty() ? "" : ", ") + say_it(text_of(d[i])) + " (" + d[i + 1] + ")";
    return say_it(Text::note_flagged, {words});
  }
  if (refusal.code == "note_too_long") return say_it(Text::note_too_long, {d[0], d[1]});
  if (refusal.code == "contact_needs_grounds") return say_it(Text::call_needs_why);
  if (refusal.code == "right_party_unknown") return say_it(Text::call_needs_party);
  if (refusal.code == "promise_incomplete") return say_it(Text::call_needs_promise);
  if (refusal.code == "next_without_day") return say_it(Text::call_next_needs_day);
  if (refusal.code == "no_such_contact") return say_it(Text::no_such_contact);
  if (refusal.code == "no_such_task") return say_it(Text::no_such_task);
  if (refusal.code == "no_such_piece") return say_it(Text::no_such_piece);
  if (refusal.code == "no_such_number") return say_it(Text::no_such_number);
  if (refusal.code == "result_missing") return say_it(Text::task_needs_result);
  if (refusal.code == "source_missing") return say_it(Text::needs_source);
  if (refusal.code == "day_is_past") return say_it(Text::day_is_past, {d[0]});
  if (refusal.code == "amount_too_large") return say_it(Text::amount_too_large, {cents_detail(d[0])});
  if (refusal.code == "plan_impossible") return say_it(Text::plan_impossible, {d[0]});
  if (refusal.code == "plan_refused")
    return say_it(Text::plan_refused,
                  {say_it(d[0] == "insolvency" ? Text::stop_insolvency : Text::stop_over_indebtedness)});
  if (refusal.code == "discount_over_limit")
    return say_it(Text::discount_above, {cents_detail(d[0]), d[1], cents_detail(d[2])});
  if (refusal.code == "discount_senseless") return say_it(Text::discount_senseless, {cents_detail(d[0])});
  return say_it(Text::edit_refused, {reason_text(lang, refusal.code), d.empty() ? std::string() : d[0]});
}

}  // namespace relance::client
