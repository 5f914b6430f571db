#include "server/command_context.h"

#include <cstdlib>
#include <utility>

#include "host/restriction.h"
#include "server/case_reads.h"
#include "server/database.h"
#include "server/protection.h"

namespace relance::server {

std::filesystem::path CommandContext::directory() const {
  if (!data.empty()) return data;
  const char* from_environment = std::getenv("RELANCE_DATA");
  return from_environment != nullptr && *from_environment != '\0' ? from_environment : ".";
}

Office& CommandContext::office(Office::Database database) {
  if (office_ == nullptr) office_ = std::make_unique<Office>(directory(), allow_plaintext, database);
  return *office_;
}

sql::Connection& CommandContext::reading() {
  if (reading_ == nullptr) reading_ = office().connect(Office::Use::read);
  return *reading_;
}

sql::Connection& CommandContext::reading_for_work() {
  sql::Connection& db = reading();
  if (const std::int64_t hidden = hide_restricted(db); hidden > 0)
    say(std::to_string(hidden) + " restricted cases are left out (relance-server restricted).");
  return db;
}

sql::Connection& CommandContext::writing() {
  if (writing_ == nullptr) writing_ = office().connect(Office::Use::write);
  return *writing_;
}

Ledger& CommandContext::ledger() {
  if (ledger_ == nullptr) ledger_ = std::make_unique<Ledger>(writing(), clock, random);
  return *ledger_;
}

void CommandContext::commit(const std::function<void(Ledger&)>& job) {
  Ledger::Work work(ledger());
  job(ledger());
  work.commit();
}

Author CommandContext::author(const std::string& name) {
  sql::Query q(reading(), "SELECT id, role, state FROM staff WHERE name = ?1",
               name.empty() ? std::string(kSystemStaff) : name);
  if (!q.next())
    throw Failure(Code::not_found,
                  "There is no user `" + name + "`; `relance-server user list` shows who there is.");
  const auto role = role_of(q.view(1));
  RELANCE_ASSERT(role.has_value());
  if (q.view(2) != "active")
    throw Failure(Code::forbidden, "The user `" + name + "` has left and may not act any more.");
  return {.staff_id = q.id(0), .role = *role};
}

void CommandContext::note_read(std::string_view action, const std::optional<Id>& case_id,
                               const std::string& as) {
  const Author who = author(as);
  try {
    commit([&](Ledger& to) { relance::server::note_read(to, who, action, case_id); });
  } catch (const Failure& failure) {
    say("This reading could not be noted: " + failure.message());
  }
}

bool CommandContext::told_refusal(const sync::Outcome& outcome) {
  if (outcome.status != sync::Status::refused) return false;
  ErrorReport report("relance-server");
  report.use_json(json);
  exit_code = report.tell(outcome.reason, std::string(reason_sentence(outcome.reason)), 3);
  return true;
}

std::string_view reason_sentence(std::string_view reason) {
  static constexpr std::pair<std::string_view, std::string_view> kSentences[] = {
      {sync::reason::not_permitted,
       "This user may not write this column or table; the data register (docs/data-register.md) says who "
       "may."},
      {sync::reason::restricted,
       "Processing of this case is restricted (GDPR art. 18): it is kept, and nothing is agreed or done on "
       "it "
       "until `relance-server unrestrict`."},
      {kHeld, "A legal hold stands on this case; `relance-server hold list` shows it, and who can lift it."},
      {kTwoPersons,
       "It takes two persons: one asks with `relance-server hold lift`, another confirms with the same "
       "command."},
      {sync::reason::not_holder, "This agent does not hold the case."},
      {sync::reason::unknown_row, "There is no row of that id."},
      {sync::reason::depends_on_refused, "It builds on an edit that was refused."},
      {sync::reason::bad_value, "A value is missing or does not fit its column."},
      {sync::reason::id_taken, "A row of that id exists already."},
      {sync::reason::refused_before, "It was refused before the office went back to a backup."},
      {sync::reason::conflict_closed, "Somebody has resolved this conflict already, with another value."},
      {sync::reason::too_large, "One edit is at most 256 KiB and 1,000 operations."},
      {sync::reason::contradicts,
       "It contradicts another row: a name or number is taken, or a row it points to does not exist."},
  };
  for (const auto& [code, sentence] : kSentences)
    if (code == reason) return sentence;
  return "A rule forbids this.";
}

}  // namespace relance::server
