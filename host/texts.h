// Every sentence that the agent's program shows, French and English side by side, chosen by the person's locale.
// The catalogue is texts.cpp; labels of tables, columns and words are labels.cpp; failures, failure_texts.cpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "host/failure.h"
#include "schema/types.h"
#include "schema/value.h"

namespace relance {

enum class Lang : std::uint8_t { en, fr };

/// `chosen` (--lang) if it is a language, else the first of LC_ALL, LC_MESSAGES and LANG that is set: French for
/// "fr…", English otherwise. Failure(usage) for a --lang that is neither.
[[nodiscard]] Lang language_from(std::string_view chosen);

enum class Text : std::uint16_t {
  // moments and counts
  just_now,
  minutes_ago,
  hours_ago,
  days_ago,
  never,
  yes,
  no,
  none,
  // status
  all_sent,
  edits_wait,
  is_bootstrapping,
  is_locked,
  is_expired,
  replica_upgraded,
  is_suspended,
  is_wiped,
  is_destroyed,
  not_enrolled,
  fact_pending,
  fact_conflicts,
  fact_refused,
  fact_cases,
  fact_orphans,
  fact_last_sync,
  fact_lease,
  fact_server,
  fact_user,
  fact_holder_running,
  // enrol
  ask_new_passphrase,
  ask_again,
  ask_passphrase,
  ask_old_passphrase,
  passphrases_differ,
  passphrase_wrong_again,
  already_enrolled,
  enrolled,
  first_sync_cut,
  reading_cases,
  // sync
  synced,
  nothing_to_do,
  came,
  left,
  changed_under,
  restored,
  waiting_for_other,
  sync_still_busy,
  handed_over,
  wiped_now,
  wipe_not_told,
  watching,
  watch_failed,
  renewed,
  not_renewed,
  syncing,
  erased_edits,
  two_machines,
  // cases
  col_number,
  col_debtor,
  col_creditor,
  col_stage,
  col_balance,
  col_days,
  col_next,
  col_pending,
  col_reason,
  past_due,
  due_today,
  due_in,
  nothing_due,
  nothing_asked,
  case_closed,
  no_cases,
  no_match,
  cases_shown,
  no_such_case,
  // one case
  holders_line,
  balance_line,
  asked_line,
  credit_line,
  reason_line,
  section_pending,
  open_part,
  unknown_holder,
  // edit
  no_such_named,
  edit_refused,
  id_expected,
  nothing_changed,
  // payments
  payment_cmd,
  payment_amount,
  payment_on,
  payment_means,
  payment_says,
  payment_bad_amount,
  payment_declared,
  // outbox and refused
  outbox_empty,
  col_n,
  col_when,
  col_intent,
  col_what,
  col_status,
  col_why,
  undone,
  amended,
  discarded,
  resent,
  refused_none,
  depends_on,
  depends_hint,
  no_such_edit,
  no_such_refused,
  built_on,
  amend_no_column,
  // conflicts
  conflicts_none,
  conflict_head,
  side_current,
  side_proposed,
  side_by,
  conflict_resolved,
  no_such_conflict,
  several_sides,
  take_expected,
  kind_late,
  not_of_unit,
  // verify
  verified_equal,
  verified_repaired,
  file_sound,
  file_damaged,
  // unlock, lock, passphrase
  unlocked_for,
  already_unlocked,
  locked_now,
  was_not_unlocked,
  passphrase_changed,
  idle_expected,
  holder_failed,
  // doctor
  doctor_engine,
  doctor_home,
  doctor_disk,
  doctor_key,
  doctor_certificate,
  doctor_reach,
  doctor_clock,
  doctor_lease,
  good,
  attention,
  engine_plain,
  home_missing,
  home_open,
  home_fine,
  disk_low,
  disk_fine,
  key_missing,
  key_unread,
  key_fine,
  certificate_missing,
  certificate_until,
  certificate_over,
  reach_fine,
  not_checked,
  clock_fine,
  clock_off,
  lease_fine,
  lease_over,
  advice_clock,
  advice_disk,
  advice_certificate,
  advice_lease,
  advice_enrol,
  advice_chmod,
  advice_network,
  // the command line itself
  about,
  examples,
  usage_error,
  no_such_command,
  opt_home,
  opt_json,
  opt_lang,
  opt_passphrase_file,
  opt_plaintext,
  opt_version,
  opt_help,
  env_note,
  cmd_enrol,
  cmd_sync,
  cmd_status,
  cmd_cases,
  cmd_case,
  cmd_edit,
  cmd_add,
  cmd_sql,
  cmd_outbox,
  cmd_undo,
  cmd_amend,
  cmd_refused,
  cmd_resend,
  cmd_refused_amend,
  cmd_discard,
  cmd_conflicts,
  cmd_conflict,
  cmd_resolve,
  cmd_verify,
  cmd_unlock,
  cmd_lock,
  cmd_passphrase,
  cmd_doctor,
  arg_code,
  arg_name,
  arg_watch,
  arg_every,
  arg_search,
  arg_limit,
  arg_number,
  arg_table,
  arg_id,
  arg_columns,
  arg_sql,
  arg_n,
  arg_conflict,
  arg_take,
  arg_idle,
  arg_new_passphrase_file,
  label_usage,
  label_options,
  label_commands,
  label_arguments,
  count_,  // last: how many there are
};

/// One value that a sentence shows.
class TextArg {
 public:
  TextArg(std::string_view text) : text_(text) {}  // NOLINT(google-explicit-constructor): calls read as prose
  TextArg(const std::string& text) : text_(text) {}  // NOLINT(google-explicit-constructor)
  TextArg(const char* text) : text_(text) {}         // NOLINT(google-explicit-constructor)
  TextArg(std::integral auto number)
      : text_(std::to_string(number)), number_(static_cast<std::int64_t>(number)) {}

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::int64_t number() const { return number_; }

 private:
  std::string text_;
  std::int64_t number_ = 0;
};

/// The sentence with `{1}`, `{2}` … replaced; `{1|edit waits|edits wait}` picks by number (French counts 0 as one).
[[nodiscard]] std::string phrase(Lang lang, Text text, std::initializer_list<TextArg> args = {});
/// The sentence as it stands in the catalogue, for the test that holds both languages together.
[[nodiscard]] std::string_view text_template(Lang lang, Text text);
/// Fills a template.
[[nodiscard]] std::string filled(Lang lang, std::string_view form, std::span<const TextArg> args);

/// "5 minutes ago"; "never" for 0.
[[nodiscard]] std::string moment_text(Lang lang, Ms at, Ms now);

// ---- labels (labels.cpp) -----------------------------------------------------------------------------------------

[[nodiscard]] std::string table_label(Lang lang, std::string_view table);
[[nodiscard]] std::string column_label(Lang lang, std::string_view column);
/// A word of a closed set ("formal_notice" -> "mise en demeure"); one that has no label stands as it is.
[[nodiscard]] std::string word_label(Lang lang, std::string_view word);
[[nodiscard]] bool has_labels(
    const schema::Table& table);  // for the test: table, columns and words are all in French

// ---- failures (failure_texts.cpp) ----------------------------------------------------------------------------------

/// Why an edit was refused: the code of sync/mutation.h in words.
[[nodiscard]] std::string reason_text(Lang lang, std::string_view reason);
[[nodiscard]] bool knows_reason(std::string_view reason);
/// The fate of an edit: pending, applied, merged, …
[[nodiscard]] std::string fate_text(Lang lang, std::string_view status);
/// The sentence of a failure in the person's language. A failure that is not in the catalogue keeps its English
/// words behind the French sentence of its code: what is known is never hidden.
[[nodiscard]] std::string failure_text(Lang lang, const Failure& failure);
[[nodiscard]] std::string_view code_text_fr(Code code);

/// One English sentence with places ("Cannot reach {1}: {2}") and its French one.
struct Translation {
  std::string_view en, fr;
};
[[nodiscard]] std::span<const Translation> failure_translations();

}  // namespace relance
