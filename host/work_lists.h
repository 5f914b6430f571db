// Lists of what waits for somebody: tasks, messages to the office, proposals; and how far a person has come this month.
// One SQL for the office's database and for a replica.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"

namespace relance {

/// Days are ISO texts, empty where there is none; names are empty where the row is not here.
struct TaskRow {
  Id id, case_id;
  std::string number, debtor, kind, title, due_on, assignee;
  bool is_legal = false;
};

/// Tasks to do, due by `until` (empty: all, also those without a day), those of `staff` and of nobody in particular
/// (nothing: everybody's). The earliest first.
[[nodiscard]] std::vector<TaskRow> tasks_to_do(sql::Connection& db, const std::string& until,
                                               const std::optional<Id>& staff);

struct EscalationRow {
  Id id, case_id;
  std::string number, creditor, kind, to_role, message, raised_on, author, state, answer, answered_on;
};

/// Escalations and notices, the oldest first: all, or those that nobody has answered; to one role, or (empty) to any.
/// Nothing of calls is in it: a notice tells what its author wrote for that role.
[[nodiscard]] std::vector<EscalationRow> escalations(sql::Connection& db, const std::string& to_role,
                                                     bool only_open);

struct ProposalRow {
  Id id, case_id;
  std::string number, debtor, kind, until_on, grounds, made_on;
  std::optional<std::int64_t> amount_cents, seen_cents;  // given up or deferred; the balance its author saw
  std::string verdict, comment;                          // empty while nobody has decided
};

/// The proposals of a person, the youngest first.
[[nodiscard]] std::vector<ProposalRow> proposals_of(sql::Connection& db, const Id& staff);

/// What a person reached in a month, and what he should have.
struct Progress {
  std::int64_t contacts = 0, promises = 0, cash_cents = 0;
  struct Target {
    std::int64_t contacts = 0, promises = 0, cash_cents = 0;
  };
  std::optional<Target> target;
};

struct Month {
  std::string first_on, last_on;  // ISO days
  Ms from = 0, until = 0;         // the same, as instants: the second one is no longer in it
};

/// People reached, promises taken, and money received on the cases that he holds now: what he did on cases that he has
/// lost is in neither figure, so that his own machine and the office agree.
[[nodiscard]] Progress progress_of(sql::Connection& db, const Id& staff, const Month& month);

}  // namespace relance
