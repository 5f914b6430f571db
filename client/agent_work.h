// What an agent does on a case, each as one edit: calls, mail, findings, promises, plans, proposals, tasks, messages.
// The commands are thin over it, and tests do without them. What a rule forbids is a value: its code and its details.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "client/replica.h"
#include "client/worklist.h"
#include "host/call_facts.h"
#include "rules/contact_policy.h"
#include "rules/instalments.h"
#include "rules/note_screen.h"

namespace relance::client {

/// Codes: contact_forbidden, contact_needs_grounds, right_party_unknown, promise_incomplete, note_flagged,
/// note_too_long, no_such_contact, no_such_number, no_such_task, no_such_piece, result_missing, source_missing,
/// amount_too_large, day_is_past, plan_impossible, plan_refused, discount_over_limit, discount_senseless; or one of an
/// EditRefusal.
struct WorkRefusal {
  std::string code;
  std::vector<std::string> details = {};  // what a sentence shows: counts, words, amounts in cents
};

struct Recorded {
  std::int64_t n = 0;                   // of the edit
  Id row;                               // the row that the command is about; of several the first
  std::int64_t rows = 1;                // of its kind
  std::vector<NoteFinding> flags = {};  // kept although flagged
  std::optional<Id> replaces = {};      // the promise that this one supersedes
};

using Work = std::variant<Recorded, WorkRefusal>;

/// A text that a person typed, and whether he insists on it.
struct Note {
  std::string text = {};
  bool keep = false;
};

struct NextStep {
  std::string kind;  // word of task.kind
  std::string due_on;
};

struct CallReport {
  Id case_id;
  std::string outcome;      // word of contact_event.outcome; of an amendment empty: as it was
  std::string reason = {};  // word of contact_event.reason, or empty
  std::string spoke_to = {};
  bool right_party = false;  // the debtor or who answers for him was identified
  bool to_guardian = false;
  std::optional<bool> inbound = {};  // nothing: outbound, or of an amendment as it was
  std::string number = {};           // the number that was called
  Note note = {};
  std::string why = {};  // grounds for calling against the house's policy
  std::optional<NextStep> next = {};
  std::optional<std::int64_t> promise_cents = {};
  std::string promise_by = {};
  std::string means = {};
  /// A correction of that contact. What it does not name stays, its time too; the policy is not asked: it happened.
  std::optional<Id> amends = {};
};

/// What is said before a call.
struct CallCheck {
  CallFacts facts;
  ContactPolicy policy;
  std::vector<ContactFinding> findings;
  std::string local_time;  // "14:05" where the debtor is; empty: unknown
};

struct PlanWish {
  Id case_id;
  std::optional<std::int64_t> total_cents = {};  // else what is asked
  std::int64_t count = 0;
  std::string first_on;
  std::string step = "monthly";
  bool whole_if_missed = false;
  bool debt_acknowledged = false;
  Note grounds = {};
};

struct PlanDraft {
  std::int64_t total_cents = 0, balance_cents = 0;
  std::vector<Instalment> instalments;
  std::int64_t limit_cents = 0, limit_months = 0;  // of its author
  bool is_within_limit = false;
};

class AgentWork {
 public:
  /// `today`: ISO date, as Replica::today says it.
  AgentWork(Replica& replica, sql::Connection& db, Random& random, std::string today)
      : replica_(replica), db_(db), random_(random), today_(std::move(today)) {}

  // ---- contacts ----
  [[nodiscard]] CallCheck check_call(const Id& case_id, bool inbound, bool to_guardian);
  [[nodiscard]] Work record_call(CallReport report);
  /// Mail from the debtor or his counsel; the day by which it wants an answer becomes a task.
  [[nodiscard]] Work record_mail(const Id& case_id, std::string_view channel, const std::string& answer_by,
                                 const Note& note);
  [[nodiscard]] Work record_enquiry(const Id& case_id, const std::string& source,
                                    const std::string& consulted_on, const std::string& reliability,
                                    const Note& finding);

  // ---- agreements ----
  [[nodiscard]] Work record_promise(const Id& case_id, std::int64_t cents, const std::string& by,
                                    const std::string& means, const std::string& promised_by);
  [[nodiscard]] std::variant<PlanDraft, WorkRefusal> draft_plan(const PlanWish& wish);
  [[nodiscard]] Work propose_plan(const PlanWish& wish);
  [[nodiscard]] Work propose_discount(const Id& case_id, std::int64_t cents, const std::string& until,
                                      const Note& grounds);
  [[nodiscard]] Work propose_moratorium(const Id& case_id, const std::string& until, const Note& grounds);
  /// `piece`: empty for everything; else a piece number, and all its open claims; or one claim's id.
  [[nodiscard]] Work open_dispute(const Id& case_id, const std::string& piece, const std::string& reason,
                                  const Note& detail);

  // ---- tasks and messages ----
  [[nodiscard]] Work add_task(const Id& case_id, const NextStep& step, const Note& title);
  [[nodiscard]] Work close_task(const Id& task, bool done, const Note& result);
  /// `kind` and `to_role`: words of the table escalation.
  [[nodiscard]] Work tell_office(const Id& case_id, std::string_view kind, std::string_view to_role,
                                 const std::string& raised_on, const Note& message);
  /// A draft for the office to issue. `kind`: word of letter.kind.
  [[nodiscard]] Work propose_letter(const Id& case_id, std::string_view kind, const Note& passage);

 private:
  struct Amended;
  [[nodiscard]] std::optional<Amended> amended(const CallReport& report) const;
  static void keep_unnamed(CallReport& report, const Amended& old);
  [[nodiscard]] std::optional<WorkRefusal> why_not_logged(const CallReport& report, const CallCheck& check,
                                                          const std::string& outcome_before) const;
  [[nodiscard]] sync::Op contact_op(const Id& id, const CallReport& report, const CallCheck& check,
                                    const std::string& note, const std::optional<Amended>& old);
  [[nodiscard]] std::int64_t amount(std::string_view code) const;
  [[nodiscard]] Id new_id();
  /// Why a text may not be stored as it is; fills in the flags of one that is kept.
  [[nodiscard]] std::optional<WorkRefusal> screen(const Note& note, std::vector<NoteFinding>& flags) const;
  /// The same without the length of a note: for a text whose column says how long it may be.
  [[nodiscard]] std::optional<WorkRefusal> look_for_flags(const Note& note,
                                                          std::vector<NoteFinding>& flags) const;
  [[nodiscard]] std::optional<WorkRefusal> why_not_called(const CallReport& report,
                                                          const CallCheck& check) const;
  [[nodiscard]] sync::Op task_op(const Id& case_id, const NextStep& step, const std::string& title);
  [[nodiscard]] sync::Op promise_op(const Id& case_id, std::int64_t cents, const std::string& by,
                                    const std::string& means, const std::string& promised_by,
                                    const std::optional<Id>& replaces);
  [[nodiscard]] std::optional<Id> open_promise(const Id& case_id) const;
  [[nodiscard]] Work propose(const Id& case_id, std::string_view kind, std::int64_t cents,
                             const std::string& until, const Note& grounds);
  [[nodiscard]] Work commit(std::string intent, std::vector<sync::Op> ops, Recorded recorded);

  Replica& replica_;
  sql::Connection& db_;
  Random& random_;
  std::string today_;
};

/// The findings as codes for --json, "health: malade" for a person, the class in his language.
[[nodiscard]] std::string flags_text(Lang lang, const std::vector<NoteFinding>& flags);
/// The sentence of a refusal. `what`: of the case, for sentences that name it.
[[nodiscard]] std::string refusal_text(Lang lang, const WorkRefusal& refusal);
/// One line for each finding of a check, the weightiest first.
[[nodiscard]] std::vector<std::string> finding_texts(Lang lang, const CallCheck& check);

}  // namespace relance::client
