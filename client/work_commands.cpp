// The commands of the agent's day: arguments in, one edit or one list out. What they do is client/agent_work.h.
#include "client/work_commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "client/agent_work.h"
#include "client/case_view.h"
#include "client/commands.h"
#include "client/listing.h"
#include "host/value_text.h"
#include "host/work_lists.h"
#include "host/work_query.h"
#include "rules/local_time.h"
#include "rules/money.h"
#include "schema/amounts.h"
#include "schema/lookup.h"
#include "schema/tables.h"

namespace relance::client {
namespace {

namespace json = boost::json;

constexpr std::size_t kTodayCases = 20;  // `today` without --limit: what a person does in a morning

// What one command line gave; each command uses its part.
struct Args {
  std::string number, outcome, reason, spoke_to, called, note, why, next, next_on, promise, by, means, amends;
  std::string answer_by, channel = "letter", source, on, reliability = "unverified", text, kind, task, result,
                         piece, amount, first, step = "monthly", until, grounds, to;
  std::int64_t count = 0;
  std::size_t limit = kTodayCases;
  bool check = false, right_party = false, guardian = false, inbound = false, outbound = false, keep = false,
       skip = false, all = false, propose = false, whole = false, acknowledged = false, csv = false;
};

// ---- reading what was typed ---------------------------------------------------------------------------------------

std::int64_t cents_typed(const Desk& desk, const std::string& text) {
  const auto cents = parse_cents(text);
  if (!cents || *cents <= 0) throw desk.failure(Code::usage, Text::bad_amount, {printable(text)});
  if (*cents > schema::kCentsMax)
    throw desk.failure(Code::usage, Text::amount_too_large, {cents_text(schema::kCentsMax)});
  return *cents;
}

std::string day_typed(const Desk& desk, const std::string& text) {
  const auto day = parse_civil_date(text);
  if (!day) throw desk.failure(Code::usage, Text::bad_day, {printable(text)});
  return iso_text(*day);
}

std::string day_if_typed(const Desk& desk, const std::string& text) {
  return text.empty() ? text : day_typed(desk, text);
}

template <class Words>
std::string word_typed(const Desk& desk, const std::string& text, const Words& words) {
  std::string all;
  for (const std::string_view word : words) {
    if (word == text) return text;
    all += (all.empty() ? "" : ", ") + std::string(word);
  }
  throw desk.failure(Code::usage, Text::bad_word, {printable(text), all});
}

template <class Words>
std::string word_if_typed(const Desk& desk, const std::string& text, const Words& words) {
  return text.empty() ? text : word_typed(desk, text, words);
}

// ---- speaking -----------------------------------------------------------------------------------------------------

json::array flags_json(const std::vector<NoteFinding>& flags) {
  json::array out;
  for (const NoteFinding& one : flags)
    out.push_back(json::object{{"class", name_of(one.flag)}, {"word", one.word}});
  return out;
}

// The replica, its agent's work, and the way in which every command ends.
class Session {
 public:
  Session(Desk& desk, Home::Use use)
      : desk_(desk),
        open_(desk.open(use)),
        today_(open_.replica.today()),
        work_(open_.replica, *open_.db, desk.random(), today_) {}

  [[nodiscard]] sql::Connection& db() { return *open_.db; }
  [[nodiscard]] Replica& replica() { return open_.replica; }
  [[nodiscard]] AgentWork& work() { return work_; }
  [[nodiscard]] const std::string& today() const { return today_; }
  [[nodiscard]] Id of(const std::string& number) { return desk_.case_named(db(), number); }

  [[nodiscard]] int refuse(const WorkRefusal& refusal) const {
    return desk_.refuse(refusal.code, refusal_text(desk_.lang(), refusal));
  }

  /// A refusal, or `sentence` and the id.
  [[nodiscard]] int tell(const Work& outcome, const std::string& sentence, json::object more = {}) const {
    if (const auto* refusal = std::get_if<WorkRefusal>(&outcome)) return refuse(*refusal);
    const Recorded& done = std::get<Recorded>(outcome);
    if (!done.flags.empty()) say(desk_.words(Text::note_kept, {flags_text(desk_.lang(), done.flags)}));
    if (desk_.json()) {
      more["id"] = done.row.text();
      more["n"] = done.n;
      more["flags"] = flags_json(done.flags);
      if (done.replaces) more["replaces"] = done.replaces->text();
      print_json(std::move(more));
    }
    desk_.tell(sentence);
    desk_.tell(done.row.text());
    return 0;
  }

 private:
  Desk& desk_;
  OpenReplica open_;
  std::string today_;
  AgentWork work_;
};

void print_list(const Listing& list, bool csv, const std::string& when_empty) {
  print(list.empty() && !csv ? when_empty + "\n" : list.text(csv));
}

// ---- call ---------------------------------------------------------------------------------------------------------

// What has to be said and seen before and on the call.
std::vector<std::string> advice(const Desk& desk, const CallCheck& check) {
  const CallFacts& facts = check.facts;
  std::vector<std::string> out = finding_texts(desk.lang(), check);
  if (out.empty()) out.push_back(desk.words(Text::call_free));
  out.push_back(desk.words(Text::call_count, {check.policy.window_days, facts.outbound, facts.answered}));
  if (facts.is_agency && facts.letter)
    out.push_back(desk.words(Text::call_recall, {facts.letter->number, facts.letter->sent_on}));
  const std::string name = facts.guardians.empty() ? facts.debtor : facts.guardians.front().name;
  out.push_back(desk.words(Text::call_identify, {name}));
  out.push_back(desk.words(Text::call_third_party, {name}));
  return out;
}

json::object check_json(const Desk& desk, const CallCheck& check) {
  static constexpr std::array<std::string_view, 3> kWeights{"warning", "needs_grounds", "forbidden"};
  json::array findings;
  const auto texts = finding_texts(desk.lang(), check);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const ContactFinding& one = check.findings[i];
    findings.push_back(json::object{{"rule", name_of(one.bar)},
                                    {"weight", kWeights[static_cast<std::size_t>(one.weight)]},
                                    {"legal_basis", legal_basis_of(one.bar)},
                                    {"text", texts[i]}});
  }
  json::object out{
      {"allowed", !weight_of(check.findings) || *weight_of(check.findings) == ContactWeight::warning},
      {"findings", std::move(findings)},
      {"outbound", check.facts.outbound},
      {"answered", check.facts.answered},
      {"window_days", check.policy.window_days},
      {"is_lower_bound", true},
      {"local_time", json_or_null(check.local_time)}};
  out["letter"] = check.facts.letter ? json::value(json::object{{"number", check.facts.letter->number},
                                                                {"sent_on", check.facts.letter->sent_on}})
                                     : json::value(nullptr);
  return out;
}

void warn_of_clock(const Desk& desk, Session& session) {
  const auto limit = DatedRules(session.db()).at("clock_skew_minutes", session.today());
  const Ms off = session.replica().corrected_now() - desk.clock().now();
  const Ms minutes = (off < 0 ? -off : off) / 60'000;
  if (limit && minutes > *limit) say(desk.words(Text::call_clock_off, {minutes}));
}

CallReport report_of(const Desk& desk, const Args& a, const Id& case_id) {
  CallReport out{.case_id = case_id,
                 .outcome = a.amends.empty() ? word_typed(desk, a.outcome, schema::kOutcomeWords)
                                             : word_if_typed(desk, a.outcome, schema::kOutcomeWords),
                 .reason = word_if_typed(desk, a.reason, schema::kReasonWords),
                 .spoke_to = a.spoke_to,
                 .right_party = a.right_party,
                 .to_guardian = a.guardian,
                 .number = a.called,
                 .note = {a.note, a.keep},
                 .why = a.why,
                 .promise_by = day_if_typed(desk, a.by),
                 .means = word_if_typed(desk, a.means, schema::kMeansWords)};
  if (a.inbound || a.outbound) out.inbound = a.inbound;
  if (!a.next.empty())
    out.next = NextStep{word_typed(desk, a.next, schema::kTaskKindWords), day_if_typed(desk, a.next_on)};
  if (!a.promise.empty()) out.promise_cents = cents_typed(desk, a.promise);
  if (!a.amends.empty()) {
    out.amends = Id::parse(a.amends);
    if (!out.amends) throw desk.failure(Code::usage, Text::id_expected);
  }
  return out;
}

int run_call(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::write);
  const Id case_id = session.of(a.number);
  const CallCheck check = session.work().check_call(case_id, a.inbound, a.guardian);
  warn_of_clock(desk, session);
  if (a.check) {
    if (desk.json()) print_json(check_json(desk, check));
    for (const std::string& line : advice(desk, check)) desk.tell(line);
    const auto weight = weight_of(check.findings);
    return weight && *weight != ContactWeight::warning ? facts_of(Code::refused).exit_code : 0;
  }
  const CallReport report = report_of(desk, a, case_id);
  const Work outcome = session.work().record_call(report);
  if (const auto* refusal = std::get_if<WorkRefusal>(&outcome);
      refusal != nullptr && refusal->code.starts_with("contact_")) {
    std::string sentence;
    for (const std::string& line : finding_texts(desk.lang(), check)) sentence += line + " ";
    if (refusal->code == "contact_needs_grounds") sentence += desk.words(Text::call_needs_why);
    while (sentence.ends_with(' ')) sentence.pop_back();
    return desk.refuse(refusal->code, sentence);
  }
  if (!report.amends && std::holds_alternative<Recorded>(outcome))
    for (const std::string& line : finding_texts(desk.lang(), check)) say(line);
  if (report.outcome == "third_party") say(desk.words(Text::call_third_party, {check.facts.debtor}));
  if (report.outcome == "wrong_number" && !a.called.empty() && std::holds_alternative<Recorded>(outcome))
    say(desk.words(Text::number_marked));
  const std::string correction = desk.words(Text::call_correction);
  if (report.outcome.empty()) return session.tell(outcome, correction);
  if (report.amends && std::holds_alternative<Recorded>(outcome)) say(correction);
  return session.tell(outcome,
                      desk.words(Text::call_logged, {a.number, word_label(desk.lang(), report.outcome)}));
}

// ---- mail, enquiry, dispute, tasks --------------------------------------------------------------------------------

int run_mail(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::write);
  const std::string by = day_typed(desk, a.answer_by);
  const std::string channel = word_typed(desk, a.channel, std::array<std::string_view, 2>{"letter", "email"});
  return session.tell(session.work().record_mail(session.of(a.number), channel, by, {a.note, a.keep}),
                      desk.words(Text::mail_noted, {by}));
}

int run_enquiry(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::write);
  return session.tell(session.work().record_enquiry(
                          session.of(a.number), a.source, day_if_typed(desk, a.on),
                          word_typed(desk, a.reliability, schema::kReliabilityWords), {a.text, a.keep}),
                      desk.words(Text::enquiry_noted));
}

int run_dispute(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::write);
  const Work outcome =
      session.work().open_dispute(session.of(a.number), a.piece,
                                  word_typed(desk, a.reason, schema::kDisputeReasonWords), {a.text, a.keep});
  const auto* done = std::get_if<Recorded>(&outcome);
  json::object more;
  if (done != nullptr) more["rows"] = done->rows;
  return session.tell(outcome,
                      done != nullptr && done->rows > 1 ? desk.words(Text::disputes_noted, {done->rows})
                                                        : desk.words(Text::dispute_noted),
                      std::move(more));
}

int run_task_add(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::write);
  const NextStep step{word_typed(desk, a.kind.empty() ? "follow_up" : a.kind, schema::kTaskKindWords),
                      day_typed(desk, a.on)};
  return session.tell(session.work().add_task(session.of(a.number), step, {a.text, a.keep}),
                      desk.words(Text::task_noted, {step.due_on}));
}

int run_task_done(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::write);
  const auto id = Id::parse(a.task);
  if (!id) throw desk.failure(Code::usage, Text::id_expected);
  return session.tell(session.work().close_task(*id, !a.skip, {a.result, a.keep}),
                      desk.words(Text::task_closed, {word_label(desk.lang(), a.skip ? "skipped" : "done")}));
}

Listing task_listing(const Desk& desk, const std::vector<TaskRow>& tasks) {
  Listing list({{desk.words(Text::col_due)},
                {desk.words(Text::col_number)},
                {desk.words(Text::col_debtor), false, 32},
                {desk.words(Text::col_kind)},
                {desk.words(Text::col_title), false, 50},
                {desk.words(Text::col_id)}});
  for (const TaskRow& task : tasks)
    list.add({task.due_on, task.number, task.debtor, word_label(desk.lang(), task.kind), task.title,
              task.id.text()});
  return list;
}

json::array tasks_json(const std::vector<TaskRow>& tasks) {
  json::array out;
  for (const TaskRow& task : tasks)
    out.push_back(json::object{{"id", task.id.text()},
                               {"case", json_or_null(task.number)},
                               {"debtor", json_or_null(task.debtor)},
                               {"kind", task.kind},
                               {"title", json_or_null(task.title)},
                               {"due_on", json_or_null(task.due_on)},
                               {"legal", task.is_legal},
                               {"assignee", json_or_null(task.assignee)}});
  return out;
}

int run_task_list(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::read);
  const auto tasks =
      tasks_to_do(session.db(), a.all ? "" : session.today(), session.replica().identity().staff_id);
  if (desk.json())
    print_json(json::object{{"tasks", tasks_json(tasks)}});
  else
    print_list(task_listing(desk, tasks), a.csv, desk.words(Text::tasks_none));
  return 0;
}

// ---- agreements ---------------------------------------------------------------------------------------------------

int run_promise(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::write);
  const Id case_id = session.of(a.number);
  const std::int64_t cents = cents_typed(desk, a.amount);
  const std::string by = day_typed(desk, a.by);
  const std::int64_t asked = one_case(session.db(), case_id, session.today()).asked_cents;
  const Work outcome = session.work().record_promise(
      case_id, cents, by, word_if_typed(desk, a.means, schema::kMeansWords), a.spoke_to);
  if (const auto* done = std::get_if<Recorded>(&outcome)) {
    if (cents > asked) say(desk.words(Text::promise_above, {cents_text(asked)}));
    if (done->replaces) {
      sql::Query q(session.db(), "SELECT amount_cents, due_on FROM promise WHERE id = ?1", *done->replaces);
      if (q.next()) say(desk.words(Text::promise_replaces, {cents_text(q.integer(0)), q.text(1)}));
    }
  }
  return session.tell(outcome, desk.words(Text::promise_noted, {cents_text(cents), by}));
}

void show_plan(const Desk& desk, const PlanDraft& plan) {
  Listing list(
      {{desk.words(Text::col_n), true}, {desk.words(Text::col_due)}, {desk.words(Text::col_amount), true}});
  for (const Instalment& one : plan.instalments)
    list.add({std::to_string(one.position), iso_text(one.due_on), cents_text(one.amount_cents)});
  list.add({"", "", cents_text(plan.total_cents)});
  print(list.text(false));
  say(desk.words(plan.is_within_limit ? Text::plan_within : Text::plan_above,
                 {cents_text(plan.limit_cents), plan.limit_months}));
}

json::object plan_json(const PlanDraft& plan) {
  json::array parts;
  for (const Instalment& one : plan.instalments)
    parts.push_back(json::object{
        {"position", one.position}, {"due_on", iso_text(one.due_on)}, {"amount_cents", one.amount_cents}});
  return {{"total_cents", plan.total_cents},
          {"balance_cents", plan.balance_cents},
          {"within_authority", plan.is_within_limit},
          {"instalments", std::move(parts)}};
}

int run_plan(Desk& desk, const Args& a) {
  Session session(desk, a.propose ? Home::Use::write : Home::Use::read);
  PlanWish wish{.case_id = session.of(a.number),
                .count = a.count,
                .first_on = day_typed(desk, a.first),
                .step = word_typed(desk, a.step, schema::kStepWords),
                .whole_if_missed = a.whole,
                .debt_acknowledged = a.acknowledged,
                .grounds = {a.grounds, a.keep}};
  if (!a.amount.empty()) wish.total_cents = cents_typed(desk, a.amount);
  const auto drafted = session.work().draft_plan(wish);
  if (const auto* refusal = std::get_if<WorkRefusal>(&drafted)) return session.refuse(*refusal);
  const PlanDraft& plan = std::get<PlanDraft>(drafted);
  if (!desk.json()) show_plan(desk, plan);
  json::object more = plan_json(plan);
  if (a.propose)
    return session.tell(session.work().propose_plan(wish),
                        desk.words(Text::proposed, {word_label(desk.lang(), "plan")}), std::move(more));
  if (desk.json()) print_json(std::move(more));
  desk.tell(desk.words(Text::plan_simulated));
  return 0;
}

int run_discount(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::write);
  return session.tell(session.work().propose_discount(session.of(a.number), cents_typed(desk, a.amount),
                                                      day_typed(desk, a.until), {a.grounds, a.keep}),
                      desk.words(Text::proposed, {word_label(desk.lang(), "discount")}));
}

int run_moratorium(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::write);
  return session.tell(
      session.work().propose_moratorium(session.of(a.number), day_typed(desk, a.until), {a.grounds, a.keep}),
      desk.words(Text::proposed, {word_label(desk.lang(), "moratorium")}));
}

std::int64_t balance_now(sql::Connection& db, const Id& case_id) {
  const sql::Transaction snapshot(db, sql::Access::read);
  const auto facts = case_facts(db, case_id);
  return facts.empty() ? 0 : facts.front().balance_cents;
}

int run_proposals(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::read);
  const auto own = proposals_of(session.db(), session.replica().identity().staff_id);
  Listing list({{desk.words(Text::col_when)},
                {desk.words(Text::col_number)},
                {desk.words(Text::col_debtor), false, 32},
                {desk.words(Text::col_kind)},
                {desk.words(Text::col_amount), true},
                {desk.words(Text::col_until)},
                {desk.words(Text::col_seen), true},
                {desk.words(Text::col_now), true},
                {desk.words(Text::col_state)},
                {desk.words(Text::col_comment), false, 60}});
  json::array all;
  const auto cents = [](const std::optional<std::int64_t>& c) { return c ? cents_text(*c) : std::string(); };
  for (const ProposalRow& one : own) {
    const std::int64_t now = balance_now(session.db(), one.case_id);
    const std::string state =
        one.verdict.empty() ? desk.words(Text::proposal_waits) : word_label(desk.lang(), one.verdict);
    list.add({one.made_on, one.number, one.debtor, word_label(desk.lang(), one.kind), cents(one.amount_cents),
              one.until_on, cents(one.seen_cents), cents_text(now), state, one.comment});
    json::object entry{{"id", one.id.text()},
                       {"case", json_or_null(one.number)},
                       {"kind", one.kind},
                       {"until_on", json_or_null(one.until_on)},
                       {"made_on", one.made_on},
                       {"balance_now_cents", now},
                       {"verdict", json_or_null(one.verdict)},
                       {"comment", json_or_null(one.comment)}};
    entry["amount_cents"] = one.amount_cents ? json::value(*one.amount_cents) : json::value(nullptr);
    entry["balance_cents"] = one.seen_cents ? json::value(*one.seen_cents) : json::value(nullptr);
    all.push_back(std::move(entry));
  }
  if (desk.json())
    print_json(json::object{{"proposals", std::move(all)}});
  else
    print_list(list, a.csv, desk.words(Text::proposals_none));
  return 0;
}

// ---- messages -----------------------------------------------------------------------------------------------------

int tell_role(Desk& desk, const Args& a, std::string_view kind, std::span<const std::string_view> roles) {
  Session session(desk, Home::Use::write);
  const std::string role = word_typed(desk, a.to, roles);
  return session.tell(session.work().tell_office(session.of(a.number), kind, role, "", {a.text, a.keep}),
                      desk.words(Text::told_office, {word_label(desk.lang(), role)}));
}

int run_request(Desk& desk, const Args& a) {
  static constexpr std::array<std::string_view, 5> kKinds{"access", "rectify", "erase", "restrict", "object"};
  Session session(desk, Home::Use::write);
  const std::string kind = word_typed(desk, a.kind, kKinds);
  const std::string on = a.on.empty() ? session.today() : day_typed(desk, a.on);
  const std::string message = "GDPR " + kind + (a.text.empty() ? "" : ": " + a.text);
  return session.tell(
      session.work().tell_office(session.of(a.number), "escalation", "dpo", on, {message, a.keep}),
      desk.words(Text::request_noted, {on}));
}

// ---- today --------------------------------------------------------------------------------------------------------

Month month_of(const std::string& today) {
  CivilDate first = parse_civil_date(today).value_or(CivilDate{});
  first.day = 1;
  const CivilDate next = add_months(first, 1);
  return {.first_on = iso_text(first),
          .last_on = iso_text(add_days(next, -1)),
          .from = paris_midnight(first),
          .until = paris_midnight(next)};
}

json::object progress_json(const Progress& progress) {
  json::object out{
      {"contacts", progress.contacts}, {"promises", progress.promises}, {"cash_cents", progress.cash_cents}};
  out["target"] = progress.target ? json::value(json::object{{"contacts", progress.target->contacts},
                                                             {"promises", progress.target->promises},
                                                             {"cash_cents", progress.target->cash_cents}})
                                  : json::value(nullptr);
  return out;
}

std::string progress_text(const Desk& desk, const Progress& p) {
  if (!p.target) return desk.words(Text::today_no_target, {p.contacts, p.promises, cents_text(p.cash_cents)});
  return desk.words(Text::today_target, {p.contacts, p.target->contacts, p.promises, p.target->promises,
                                         cents_text(p.cash_cents), cents_text(p.target->cash_cents)});
}

Listing case_listing(const Desk& desk, const std::vector<CaseLine>& cases) {
  Listing list({{desk.words(Text::col_number)},
                {desk.words(Text::col_debtor), false, 32},
                {desk.words(Text::col_creditor), false, 24},
                {desk.words(Text::col_stage)},
                {desk.words(Text::col_balance), true},
                {desk.words(Text::col_reason)},
                {desk.words(Text::col_next)},
                {desk.words(Text::col_pending), true}});
  for (const CaseLine& line : cases)
    list.add({line.facts.number, line.facts.debtor, line.facts.creditor,
              word_label(desk.lang(), line.facts.stage), cents_text(line.facts.balance_cents),
              reason_of(desk.lang(), line), line.facts.next_action_on,
              line.pending > 0 ? std::to_string(line.pending) : ""});
  return list;
}

json::array cases_json(const Desk& desk, const std::vector<CaseLine>& cases) {
  json::array out;
  for (const CaseLine& line : cases) out.push_back(line_json(desk.lang(), line));
  return out;
}

int run_today(Desk& desk, const Args& a) {
  Session session(desk, Home::Use::read);
  const Id staff = session.replica().identity().staff_id;
  std::vector<CaseLine> cases = list_cases(session.db(), {}, session.today());
  const std::size_t all = cases.size();
  const auto due = std::count_if(cases.begin(), cases.end(), is_for_today);
  if (a.limit > 0 && cases.size() > a.limit) cases.resize(a.limit);
  const auto tasks = tasks_to_do(session.db(), session.today(), staff);
  const Progress progress = progress_of(session.db(), staff, month_of(session.today()));
  if (desk.json()) {
    print_json(json::object{{"day", session.today()},
                            {"cases", cases_json(desk, cases)},
                            {"tasks", tasks_json(tasks)},
                            {"progress", progress_json(progress)}});
    return 0;
  }
  if (a.csv) {
    print(case_listing(desk, cases).text(true));
    return 0;
  }
  print(desk.words(Text::is_day, {session.today(), all, due}) + "\n" + progress_text(desk, progress) +
        "\n\n");
  print_list(case_listing(desk, cases), false, desk.words(all == 0 ? Text::no_cases : Text::no_match));
  print("\n" + desk.words(Text::today_tasks) + "\n");
  print_list(task_listing(desk, tasks), false, desk.words(Text::tasks_none));
  return 0;
}

// ---- the command line ---------------------------------------------------------------------------------------------

// The options that several commands share.
class Line {
 public:
  Line(CLI::App& app, Lang lang, const AddCommand& add) : app_(app), lang_(lang), add_(add) {}

  void add_contacts();
  void add_agreements();
  void add_tasks();
  void add_messages();

 private:
  using Body = int (*)(Desk&, const Args&);

  [[nodiscard]] std::string words(Text text) const { return phrase(lang_, text); }

  CLI::App* command(CLI::App& parent, const std::string& name, Text text,
                    const std::vector<std::string>& lines, const std::shared_ptr<Args>& a, Body body) {
    return add_(parent, name, text, lines, [a, body](Desk& desk) { return body(desk, *a); });
  }
  CLI::App* on_case(const std::string& name, Text text, const std::vector<std::string>& lines,
                    const std::shared_ptr<Args>& a, Body body) {
    CLI::App* out = command(app_, name, text, lines, a, body);
    out->add_option("CASE", a->number, words(Text::arg_case))->required()->type_name("");
    return out;
  }
  CLI::Option* option(CLI::App* to, const std::string& name, std::string& value, Text text,
                      const std::string& type) {
    return to->add_option(name, value, words(text))->type_name(type);
  }
  CLI::Option* word(CLI::App* to, const std::string& name, std::string& value, Text text) {
    return to->add_option(name, value, words(text))->required()->type_name("");
  }
  void flag(CLI::App* to, const std::string& name, bool& value, Text text) {
    to->add_flag(name, value, words(text));
  }

  CLI::App& app_;
  Lang lang_;
  const AddCommand& add_;
};

void Line::add_contacts() {
  auto a = std::make_shared<Args>();
  CLI::App* today = command(app_, "today", Text::cmd_today,
                            {"relance today", "relance today --limit 40 --csv"}, a, run_today);
  today->add_option("--limit", a->limit, words(Text::arg_limit))->type_name("N");
  flag(today, "--csv", a->csv, Text::arg_csv);

  a = std::make_shared<Args>();
  CLI::App* call = on_case(
      "call", Text::cmd_call,
      {"relance call D-000012 --check", "relance call D-000012 no_answer --next call_back --on 2026-12-01",
       "relance call D-000012 promise --right-party --promise 250 --by 2026-12-05 --reason cash_flow",
       "relance call D-000012 wrong_number --number 0612345678",
       "relance call D-000012 third_party --amend 0192f7c3-8a10-7c44-b1d2-3e4f5a6b7c8d"},
      a, run_call);
  CLI::Option* outcome = call->add_option("OUTCOME", a->outcome, words(Text::arg_outcome))->type_name("");
  call->add_flag("--check", a->check, words(Text::arg_check))->excludes(outcome);
  option(call, "--reason", a->reason, Text::arg_reason, "WORD");
  option(call, "--spoke-to", a->spoke_to, Text::arg_spoke_to, "NAME");
  flag(call, "--right-party", a->right_party, Text::arg_right_party);
  flag(call, "--guardian", a->guardian, Text::arg_guardian);
  CLI::Option* inbound = call->add_flag("--inbound", a->inbound, words(Text::arg_inbound));
  call->add_flag("--outbound", a->outbound, words(Text::arg_outbound))->excludes(inbound);
  option(call, "--number", a->called, Text::arg_number_called, "NUMBER");
  option(call, "--note", a->note, Text::arg_note, "TEXT");
  flag(call, "--keep-note", a->keep, Text::arg_keep_note);
  option(call, "--next", a->next, Text::arg_next, "WORD");
  option(call, "--on", a->next_on, Text::arg_on, "DATE");
  option(call, "--promise", a->promise, Text::arg_promise, "AMOUNT");
  option(call, "--by", a->by, Text::arg_by, "DATE");
  option(call, "--means", a->means, Text::arg_means, "WORD");
  option(call, "--amend", a->amends, Text::arg_amend, "ID");
  option(call, "--why", a->why, Text::arg_why, "TEXT");

  a = std::make_shared<Args>();
  CLI::App* mail = on_case("mail", Text::cmd_mail,
                           {"relance mail D-000012 --answer-by 2026-12-08 --note \"conteste la facture F1\""},
                           a, run_mail);
  option(mail, "--answer-by", a->answer_by, Text::arg_answer_by, "DATE")->required();
  option(mail, "--channel", a->channel, Text::arg_channel, "WORD");
  option(mail, "--note", a->note, Text::arg_note, "TEXT");
  flag(mail, "--keep-note", a->keep, Text::arg_keep_note);

  a = std::make_shared<Args>();
  CLI::App* enquiry =
      on_case("enquiry", Text::cmd_enquiry,
              {"relance enquiry D-000012 --source societe.com --on 2026-11-21 \"siège transféré à Lyon\""}, a,
              run_enquiry);
  option(enquiry, "--source", a->source, Text::arg_source, "TEXT");
  option(enquiry, "--on", a->on, Text::arg_on, "DATE");
  option(enquiry, "--reliability", a->reliability, Text::arg_reliability, "WORD");
  word(enquiry, "FINDING", a->text, Text::arg_finding);
  flag(enquiry, "--keep-note", a->keep, Text::arg_keep_note);
}

void Line::add_agreements() {
  auto a = std::make_shared<Args>();
  CLI::App* promise =
      on_case("promise", Text::cmd_promise, {"relance promise D-000012 250 --by 2026-12-05 --means transfer"},
              a, run_promise);
  word(promise, "AMOUNT", a->amount, Text::arg_promise);
  option(promise, "--by", a->by, Text::arg_by, "DATE")->required();
  option(promise, "--means", a->means, Text::arg_means, "WORD");
  option(promise, "--spoke-to", a->spoke_to, Text::arg_spoke_to, "NAME");

  a = std::make_shared<Args>();
  CLI::App* plan = on_case(
      "plan", Text::cmd_plan,
      {"relance plan D-000012 --count 3 --first 2026-12-31",
       "relance plan D-000012 --count 6 --first 2026-12-31 --amount 1000 --propose --grounds \"trésorerie\""},
      a, run_plan);
  plan->add_option("--count", a->count, words(Text::arg_count))->required()->type_name("N");
  option(plan, "--first", a->first, Text::arg_first, "DATE")->required();
  option(plan, "--step", a->step, Text::arg_step, "WORD");
  option(plan, "--amount", a->amount, Text::arg_total, "AMOUNT");
  flag(plan, "--propose", a->propose, Text::arg_propose);
  flag(plan, "--whole-if-missed", a->whole, Text::arg_whole);
  flag(plan, "--acknowledged", a->acknowledged, Text::arg_acknowledged);
  option(plan, "--grounds", a->grounds, Text::arg_grounds, "TEXT");
  flag(plan, "--keep-note", a->keep, Text::arg_keep_note);

  a = std::make_shared<Args>();
  CLI::App* discount =
      on_case("discount", Text::cmd_discount,
              {"relance discount D-000012 50 --until 2026-12-31 --grounds \"paiement immédiat du reste\""}, a,
              run_discount);
  word(discount, "AMOUNT", a->amount, Text::arg_amount);
  option(discount, "--until", a->until, Text::arg_until, "DATE")->required();
  option(discount, "--grounds", a->grounds, Text::arg_grounds, "TEXT")->required();
  flag(discount, "--keep-note", a->keep, Text::arg_keep_note);

  a = std::make_shared<Args>();
  CLI::App* moratorium = on_case(
      "moratorium", Text::cmd_moratorium,
      {"relance moratorium D-000012 --until 2027-01-31 --grounds \"récolte en janvier\""}, a, run_moratorium);
  option(moratorium, "--until", a->until, Text::arg_until, "DATE")->required();
  option(moratorium, "--grounds", a->grounds, Text::arg_grounds, "TEXT")->required();
  flag(moratorium, "--keep-note", a->keep, Text::arg_keep_note);

  a = std::make_shared<Args>();
  flag(command(app_, "proposals", Text::cmd_proposals, {"relance proposals", "relance proposals --csv"}, a,
               run_proposals),
       "--csv", a->csv, Text::arg_csv);

  a = std::make_shared<Args>();
  CLI::App* dispute = on_case(
      "dispute", Text::cmd_dispute,
      {"relance dispute D-000012 goods --claim F-2026-17 --detail \"livraison incomplète\""}, a, run_dispute);
  word(dispute, "REASON", a->reason, Text::arg_dispute_reason);
  option(dispute, "--claim", a->piece, Text::arg_claim, "PIECE");
  option(dispute, "--detail", a->text, Text::arg_detail, "TEXT");
  flag(dispute, "--keep-note", a->keep, Text::arg_keep_note);
}

void Line::add_tasks() {
  auto a = std::make_shared<Args>();
  CLI::App* task =
      command(app_, "task", Text::cmd_task,
              {"relance task list", "relance task add D-000012 --on 2026-12-01 \"vérifier le virement\"",
               "relance task done ID --result \"virement reçu\""},
              a, run_task_list);
  CLI::App* list =
      command(*task, "list", Text::cmd_task_list, {"relance task list --all --csv"}, a, run_task_list);
  flag(list, "--all", a->all, Text::arg_all_tasks);
  flag(list, "--csv", a->csv, Text::arg_csv);

  a = std::make_shared<Args>();
  CLI::App* add = command(
      *task, "add", Text::cmd_task_add,
      {"relance task add D-000012 --kind call_back --on 2026-12-01 \"rappeler le gérant\""}, a, run_task_add);
  word(add, "CASE", a->number, Text::arg_case);
  option(add, "--on", a->on, Text::arg_on, "DATE")->required();
  option(add, "--kind", a->kind, Text::arg_task_kind, "WORD");
  add->add_option("TITLE", a->text, words(Text::arg_task_title))->type_name("");
  flag(add, "--keep-note", a->keep, Text::arg_keep_note);

  a = std::make_shared<Args>();
  CLI::App* done = command(*task, "done", Text::cmd_task_done,
                           {"relance task done ID --result \"virement reçu\""}, a, run_task_done);
  word(done, "ID", a->task, Text::arg_task_id);
  option(done, "--result", a->result, Text::arg_result, "TEXT");
  flag(done, "--skip", a->skip, Text::arg_skip);
  flag(done, "--keep-note", a->keep, Text::arg_keep_note);
}

void Line::add_messages() {
  auto a = std::make_shared<Args>();
  a->to = "manager";
  CLI::App* escalate =
      on_case("escalate", Text::cmd_escalate,
              {"relance escalate D-000012 \"menace de contentieux : que répondre ?\""}, a,
              [](Desk& desk, const Args& args) {
                return tell_role(desk, args, "escalation", std::array<std::string_view, 2>{"manager", "dpo"});
              });
  option(escalate, "--to", a->to, Text::arg_to_manager, "WORD");
  word(escalate, "TEXT", a->text, Text::arg_message);
  flag(escalate, "--keep-note", a->keep, Text::arg_keep_note);

  a = std::make_shared<Args>();
  CLI::App* notice = on_case(
      "notice", Text::cmd_notice,
      {"relance notice D-000012 --to sales \"client mécontent de la livraison F1\""}, a,
      [](Desk& desk, const Args& args) {
        return tell_role(desk, args, "notice", std::array<std::string_view, 2>{"sales", "accounting"});
      });
  option(notice, "--to", a->to, Text::arg_to_service, "WORD")->required();
  word(notice, "TEXT", a->text, Text::arg_message);
  flag(notice, "--keep-note", a->keep, Text::arg_keep_note);

  a = std::make_shared<Args>();
  CLI::App* request = on_case(
      "request", Text::cmd_request,
      {"relance request D-000012 access", "relance request D-000012 erase --on 2026-11-20"}, a, run_request);
  word(request, "KIND", a->kind, Text::arg_request_kind);
  option(request, "--on", a->on, Text::arg_requested_on, "DATE");
  option(request, "--text", a->text, Text::arg_message, "TEXT");
  flag(request, "--keep-note", a->keep, Text::arg_keep_note);
}

}  // namespace

void add_work_commands(CLI::App& app, Lang lang, const AddCommand& add) {
  Line line(app, lang, add);
  line.add_contacts();
  line.add_agreements();
  line.add_tasks();
  line.add_messages();
}

void add_case_filters(CLI::App& cases, Lang lang, CasesOptions& options) {
  const auto words = [&](Text text) { return phrase(lang, text); };
  cases.add_option("--search", options.query.search, words(Text::arg_search))->type_name("TEXT");
  cases.add_option("--creditor", options.query.creditor, words(Text::arg_creditor))->type_name("NAME");
  cases.add_option("--stage", options.query.stage, words(Text::arg_stage))->type_name("WORD");
  cases.add_flag("--due-today", options.query.due_today, words(Text::arg_due_today));
  cases.add_flag("--promised", options.query.promised, words(Text::arg_promised));
  cases.add_option("--no-contact-since", options.query.no_contact_days, words(Text::arg_no_contact))
      ->type_name("DAYS");
  cases.add_option("--limit", options.limit, words(Text::arg_limit))->type_name("N");
  cases.add_flag("--csv", options.csv, words(Text::arg_csv));
}

int run_cases(Desk& desk, const CasesOptions& options) {
  OpenReplica open = desk.open(Home::Use::read);
  if (!options.query.stage.empty())
    static_cast<void>(word_typed(desk, options.query.stage, schema::kStageWords));
  std::vector<CaseLine> cases = list_cases(*open.db, options.query, open.replica.today());
  const std::size_t found = cases.size();
  if (options.limit > 0 && cases.size() > options.limit) cases.resize(options.limit);
  if (desk.json()) {
    print_json(json::object{{"cases", cases_json(desk, cases)}});
    return 0;
  }
  print_list(case_listing(desk, cases), options.csv,
             desk.words(open.replica.facts().cases == 0 ? Text::no_cases : Text::no_match));
  if (found > cases.size()) say(desk.words(Text::cases_shown, {cases.size(), found}));
  if (const std::int64_t hidden = open.replica.facts().restricted; hidden > 0)
    say(desk.words(Text::cases_hidden, {hidden}));
  return 0;
}

}  // namespace relance::client
