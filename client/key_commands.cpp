// unlock, lock and passphrase: who may open the replica, and for how long without asking.
#include "client/commands.h"
#include "client/key_holder.h"
#include "client/keys.h"

namespace relance::client {

int run_unlock(Desk& desk, const std::string& idle) {
  const auto span = parse_span(idle);
  if (!span) throw desk.failure(Code::usage, Text::idle_expected);
  desk.require_enrolled();
  const bool is_running = ask_key_holder(desk.home()).has_value();
  if (is_running) stop_key_holder(desk.home());  // the new one has the new time
  static_cast<void>(desk.data_key());
  desk.forget_passphrase();
  // The holder begins as a copy of this process: before anything that the key opens has been in its memory.
  if (!start_key_holder(desk.home(), desk.data_key(), *span))
    throw desk.failure(Code::io, Text::holder_failed);
  try {
    // Opened once, so that a key that does not fit is noticed here and not by the next command.
    static_cast<void>(desk.open_any(Home::Use::read));
  } catch (...) {
    stop_key_holder(desk.home());
    throw;
  }
  if (desk.json()) print_json(boost::json::object{{"unlocked", true}, {"idle_s", span->count()}});
  desk.tell(desk.words(Text::unlocked_for, {(span->count() + 59) / 60}));
  return 0;
}

int run_lock(Desk& desk) {
  const bool was_running = stop_key_holder(desk.home());
  if (desk.json()) print_json(boost::json::object{{"unlocked", false}, {"was_unlocked", was_running}});
  desk.tell(desk.words(was_running ? Text::locked_now : Text::was_not_unlocked));
  return 0;
}

int run_passphrase(Desk& desk, const std::string& new_passphrase_file) {
  desk.require_enrolled();
  const auto path = desk.home().file("replica.key");
  const Secret old_one = desk.passphrase(Text::ask_old_passphrase);
  static_cast<void>(KeyEnvelope::open(path, old_one.view()));  // before a new one is asked for
  const Secret new_one = desk.new_passphrase(new_passphrase_file);
  check_passphrase(new_one.view());
  KeyEnvelope::rewrap(path, old_one.view(), new_one.view());
  if (desk.json()) print_json(boost::json::object{{"changed", true}});
  desk.tell(desk.words(Text::passphrase_changed));
  return 0;
}

}  // namespace relance::client
