// The agent's commands, one function each: arguments in, exit code of the contract out. Failures are thrown; what a
// rule refuses is told and answered by exit code 3.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/desk.h"
#include "client/work_commands.h"

namespace relance::client {

using Words = std::vector<std::string>;  // column=value, as typed

// enrol_command.cpp
[[nodiscard]] int run_enrol(Desk& desk, const std::string& code, const std::string& name);

// recover_command.cpp
[[nodiscard]] int run_recover(Desk& desk, const std::string& code, const std::string& new_passphrase_file);

// sync_commands.cpp
[[nodiscard]] int run_sync(Desk& desk);
[[nodiscard]] int run_watch(Desk& desk, const std::string& every);
[[nodiscard]] int run_verify(Desk& desk);

// read_commands.cpp
[[nodiscard]] int run_status(Desk& desk);
[[nodiscard]] int run_case(Desk& desk, const std::string& number, const std::string& as_of);
[[nodiscard]] int run_query(Desk& desk, const std::string& text);

// work_commands.cpp, which has the commands of the agent's day
[[nodiscard]] int run_cases(Desk& desk, const CasesOptions& options);

// edit_commands.cpp
[[nodiscard]] int run_edit(Desk& desk, const std::string& table, const std::string& row,
                           const Words& columns);
[[nodiscard]] int run_add(Desk& desk, const std::string& table, const Words& columns);

// letter_commands.cpp
[[nodiscard]] int run_letter_propose(Desk& desk, const std::string& case_number, const std::string& kind,
                                     const std::string& passage, bool keep_note);
[[nodiscard]] int run_letter_file(Desk& desk, const std::string& number, const std::string& out);
[[nodiscard]] int run_receipt_slip(Desk& desk, const std::string& payment, const std::string& out);
// payment_command.cpp
struct DeclaredPayment {
  std::string amount, on, means = "transfer", says;  // as typed; `on` empty: today
};
[[nodiscard]] int run_payment(Desk& desk, const std::string& number, const DeclaredPayment& payment);

// outbox_commands.cpp
[[nodiscard]] int run_outbox(Desk& desk, bool csv = false);
[[nodiscard]] int run_undo(Desk& desk, std::int64_t n);
[[nodiscard]] int run_amend(Desk& desk, std::int64_t n, const Words& columns);
[[nodiscard]] int run_refused(Desk& desk, bool csv = false);
[[nodiscard]] int run_resend(Desk& desk, std::int64_t n, const Words& columns);
[[nodiscard]] int run_discard(Desk& desk, std::int64_t n);

// conflict_commands.cpp
[[nodiscard]] int run_conflicts(Desk& desk, bool csv = false);
[[nodiscard]] int run_resolve(Desk& desk, const std::string& conflict, const Words& take);

// key_commands.cpp
[[nodiscard]] int run_unlock(Desk& desk, const std::string& idle);
[[nodiscard]] int run_lock(Desk& desk);
[[nodiscard]] int run_passphrase(Desk& desk, const std::string& new_passphrase_file);

// doctor_command.cpp
[[nodiscard]] int run_doctor(Desk& desk);

// ---- shared by several of them ----

/// Columns as typed, where a case may be named by its number and a creditor or colleague by name.
/// Failure(usage) for what does not exist, Failure(not_found) for a name that is not known here.
[[nodiscard]] std::vector<sync::Change> typed_changes(Desk& desk, sql::Connection& db,
                                                      const schema::Table& table, const Words& columns);

struct WitnessFacts;
/// What this device holds against the office's audit log, in words; empty when nothing.
[[nodiscard]] std::string witness_sentence(const Desk& desk, const WitnessFacts& facts);

/// The first download after an enrolment.
void sync_first(Desk& desk);

}  // namespace relance::client
