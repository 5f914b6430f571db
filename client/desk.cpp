#include "client/desk.h"

#include <charconv>
#include <ctime>

#include "client/audit_witness.h"
#include "client/key_holder.h"
#include "client/keys.h"
#include "client/office_seal.h"
#include "host/case_query.h"
#include "host/failure.h"
#include "host/restriction.h"
#include "host/sqlite.h"
#include "host/value_text.h"

namespace relance::client {
namespace {

constexpr std::size_t kPassphraseBytesMax = 4096;  // a larger file is not a passphrase
constexpr int kNotePatienceMs = 300;
constexpr int kTriesMax = 3;  // on a terminal

Secret without_line_end(std::string text) {
  const std::size_t end = text.find_last_not_of("\r\n");
  Secret out(std::string_view(text).substr(0, end == std::string::npos ? 0 : end + 1));
  wipe(text);
  return out;
}

Secret from_file(const std::string& path) { return without_line_end(read_file(path, kPassphraseBytesMax)); }

}  // namespace

Desk::Desk(Lang lang, DeskOptions options, Secret passphrase, const ErrorReport& report)
    : lang_(lang),
      options_(std::move(options)),
      report_(report),
      given_passphrase_(std::move(passphrase)),
      home_(Home::locate(options_.home), options_.allow_plaintext) {
  if (!options_.passphrase_file.empty()) given_passphrase_.wipe();
}

void Desk::tell(const std::string& line) const {
  if (!options_.json) print(line + "\n");
}

int Desk::refuse(std::string_view code, const std::string& sentence) const {
  return report_.tell(code, sentence, facts_of(Code::refused).exit_code);
}

int Desk::refuse(const EditRefusal& refusal) const {
  return refuse(refusal.code, words(Text::edit_refused, {reason_text(lang_, refusal.code), refusal.where}));
}

// ---- keys --------------------------------------------------------------------------------------------------------

bool Desk::can_ask() const { return !will_ask() || is_terminal(Stream::in); }

Secret Desk::passphrase(Text prompt) {
  if (!given_passphrase_.empty()) return given_passphrase_.copy();
  if (options_.passphrase_file.empty()) return ask_passphrase(words(prompt));
  given_passphrase_ = from_file(options_.passphrase_file);  // a pipe can be read only once
  return given_passphrase_.copy();
}

Secret Desk::new_passphrase(const std::string& file) {
  if (!file.empty()) return from_file(file);
  Secret first = ask_passphrase(words(Text::ask_new_passphrase));
  check_passphrase(first.view());
  if (ask_passphrase(words(Text::ask_again)).view() != first.view())
    throw failure(Code::refused, Text::passphrases_differ);
  return first;
}

const Secret& Desk::data_key() {
  if (data_key_) return *data_key_;
  if ((data_key_ = ask_key_holder(home_))) return *data_key_;
  const bool is_asked = will_ask();
  for (int tries = 1;; ++tries) {
    const Secret given = passphrase(Text::ask_passphrase);
    try {
      data_key_ = KeyEnvelope::open(home_.file("replica.key"), given.view());
      return *data_key_;
    } catch (const Failure& wrong) {
      if (wrong.code() != Code::locked || !is_asked || tries == kTriesMax) throw;
      say(words(Text::passphrase_wrong_again));
    }
  }
}

// ---- the replica -------------------------------------------------------------------------------------------------

void Desk::require_enrolled() const {
  if (home_.is_destroyed()) {
    home_.finish_destroying();
    throw failure(Code::wiped, Text::is_destroyed);
  }
  if (home_.is_enrolled()) return;
  throw failure(Code::not_found, Text::not_enrolled, {home_.path().string()});
}

OpenReplica Desk::open_any(Home::Use use) {
  require_enrolled();
  auto db = home_.open_replica(data_key(), use);
  if (Replica::is_older(*db)) {
    // The first opening with a newer program, also by a command that only reads.
    db = home_.open_replica(data_key(), Home::Use::write);
    if (Replica::upgrade(*db)) say(words(Text::replica_upgraded));
    if (use == Home::Use::read) db = home_.open_replica(data_key(), use);
  }
  OpenReplica open{std::move(db), clock_, random_};
  open.replica.set_signer(
      [this](std::string_view text) { return sign_text(home_.device_key(data_key()), text); });
  if (use == Home::Use::write) finish_erasures(open);
  return open;
}

// After a death between erasing and writing the file anew, what went may still stand in pages that nothing uses. The
// next sync does it at the latest, and is the one to say what is wrong.
void Desk::finish_erasures(OpenReplica& open) {
  try {
    static_cast<void>(open.replica.finish_erasures());
  } catch (const Failure&) {
  }
}

OpenReplica Desk::open(Home::Use use, Shown shown) {
  OpenReplica open = open_any(use);
  require_readable(open, shown);
  if (use == Home::Use::read) hide_restricted(*open.db);
  return open;
}

Id Desk::case_named(sql::Connection& db, const std::string& number) const {
  if (is_restricted(db, number)) throw failure(Code::restricted, Text::case_restricted);
  if (const auto id = find_case(db, number)) return *id;
  throw failure(Code::not_found, Text::no_such_case);
}

void Desk::require_readable(OpenReplica& open, Shown shown) {
  const ReplicaFacts facts = open.replica.facts();
  switch (facts.standing) {
    case Standing::ready:
      if (facts.lease_ends_soon)
        say(words(Text::lease_ends_soon, {local_time(facts.last_sync_at), local_time(facts.lease_until)}));
      return;
    case Standing::bootstrapping: throw failure(Code::busy, Text::is_bootstrapping, {facts.cases});
    case Standing::locked: throw failure(Code::locked, Text::is_locked, {local_time(facts.last_sync_at)});
    case Standing::suspended:
      if (shown == Shown::suspended_too) return;
      throw failure(Code::suspended, Text::is_suspended, {facts.pending});
    case Standing::clock_back:
      throw failure(Code::locked, Text::is_clock_back, {local_time(facts.last_sync_at)});
    case Standing::wiped:
      if (retire(open, facts)) throw failure(Code::wiped, Text::wiped_sealed, {facts.pending});
      throw failure(Code::wiped, Text::is_wiped);
    case Standing::expired: break;
  }
  if (!retire(open, facts))
    throw failure(Code::locked, Text::is_expired, {local_time(facts.last_sync_at), facts.pending});
  throw failure(Code::wiped, facts.pending > 0 ? Text::sealed_and_gone : Text::is_destroyed, {facts.pending});
}

// A wiped one that could not hand its edits over has nobody to wait for: nobody reads it any more.
bool Desk::retire(OpenReplica& open, const ReplicaFacts& facts) {
  const bool is_wiped = facts.standing == Standing::wiped;
  if (facts.standing != Standing::expired && !is_wiped) return false;
  const bool can_seal = can_seal_last_word(home_);
  if (!can_seal && (facts.pending > 0 || is_wiped)) return false;
  if (can_seal)
    seal_last_word(home_, data_key(), open, is_wiped ? sync::Gone::wiped : sync::Gone::expired,
                   facts.pending);
  open.db.reset();
  stop_key_holder(home_);
  home_.destroy(is_wiped ? "wiped\n" : "expired\n");
  return true;
}

void Desk::note_read(OpenReplica& open, std::string_view action, const std::optional<Id>& case_id) {
  const Ms now = open.replica.corrected_now();
  if (!is_witness(open.replica.version()) || !is_new_read(*open.db, action, case_id, now)) return;
  std::fflush(stdout);
  try {
    const Identity who = open.replica.identity();
    const auto db = home_.open_replica(data_key(), Home::Use::write);
    sql::set_patience(*db, kNotePatienceMs);
    sql::Transaction transaction(*db, sql::Access::write);
    client::note_read(*db, who.device_id, who.staff_id, action, case_id, now);
    transaction.commit();
  } catch (const Failure&) {
    // A sync is writing, or the disk is full: what he reads does not depend on it.
  }
}

std::string clock_face(Ms at) {
  const auto seconds = static_cast<std::time_t>(at / 1000);
  std::tm calendar{};
  ::localtime_r(&seconds, &calendar);
  char out[32];
  return std::string(out, std::strftime(out, sizeof out, "%Y-%m-%d %H:%M", &calendar));
}

// ---- JSON --------------------------------------------------------------------------------------------------------

boost::json::value json_of(const schema::Column& column, const Value& value) {
  if (is_null(value)) return nullptr;
  if (const auto* number = std::get_if<std::int64_t>(&value);
      number != nullptr && column.type != schema::Type::instant) {
    return *number;
  }
  return boost::json::value(value_text(column, value));
}

boost::json::value json_instant(Ms at) {
  if (at <= 0) return nullptr;
  return boost::json::value(instant_text(at));
}

boost::json::value json_or_null(const std::string& text) {
  if (text.empty()) return nullptr;
  return boost::json::value(text);
}

std::optional<std::chrono::seconds> parse_span(std::string_view text) {
  constexpr std::int64_t kLongest = 24 * 3600;
  std::int64_t unit = 1;
  if (text.ends_with('m')) unit = 60;
  if (text.ends_with('h')) unit = 3600;
  if (text.ends_with('s') || unit > 1) text.remove_suffix(1);
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size() || n < 1 || n > kLongest / unit)
    return std::nullopt;
  return std::chrono::seconds(n * unit);
}

}  // namespace relance::client
