// sync, sync --watch, and verify: everything that talks to the office once a device is enrolled.
#include <csignal>
#include <thread>

#include "client/commands.h"
#include "client/key_holder.h"
#include "client/office_link.h"
#include "client/office_seal.h"
#include "host/sqlite.h"

namespace relance::client {
namespace {

constexpr auto kOtherSyncPatience =
    std::chrono::minutes(10);  // a first download on a phone link takes minutes
constexpr auto kLookEvery =
    std::chrono::milliseconds(500);  // --watch looks for new edits and for Ctrl-C this often
constexpr auto kNewEditWait = std::chrono::seconds(2);  // several edits typed in a row travel together

constexpr std::size_t kNamesShown = 20;  // of cases that came or left; --json has all

struct SyncRun {
  SyncReport report;
  std::uint64_t bytes_out = 0, bytes_in = 0;
};

LockFile lock_sync(const Desk& desk) {
  const auto path = desk.home().file("sync.lock");
  if (auto lock = LockFile::try_lock(path)) return std::move(*lock);
  say(desk.words(Text::waiting_for_other));
  try {
    return LockFile::wait(path, kOtherSyncPatience);
  } catch (const Failure& busy) {
    if (busy.code() != Code::busy) throw;
    throw desk.failure(Code::busy, Text::sync_still_busy);
  }
}

// The edits are at the office: now the key goes, then the rest, and the office is told. The certificate that tells
// it is in memory only by then; should it not be heard, a last word says so later.
[[noreturn]] void wipe_replica(Desk& desk, OpenReplica& open, OfficeLink& link, std::int64_t handed_over) {
  const Id device = open.replica.identity().device_id;
  if (can_seal_last_word(desk.home()))
    seal_last_word(desk.home(), desk.data_key(), open, sync::Gone::wiped, 0);
  open.db.reset();
  stop_key_holder(desk.home());
  desk.home().destroy("wiped\n");
  try {
    if (const WireAnswer told = link.exchange({"/v1/wiped", "{}"}); told.status != 200)
      throw failure_of(told);
    forget_last_word(desk.home(), device);
  } catch (const Failure&) {
    say(desk.words(Text::wipe_not_told));
  }
  throw desk.failure(Code::wiped, Text::wiped_now, {handed_over});
}

// Told to wipe, and the edits could not be handed over at once: they are sealed, and the replica goes all the same.
[[noreturn]] void wipe_unheard(Desk& desk, OpenReplica& open, const Failure& why) {
  const ReplicaFacts facts = open.replica.facts();
  if (desk.retire(open, facts)) throw desk.failure(Code::wiped, Text::wiped_sealed, {facts.pending});
  throw Failure(why);
}

// What replicas that are gone have left. Whatever stands in the way of it stops no sync.
void deliver_last_words(const Desk& desk, const std::optional<Id>& living) {
  for (const LastWord& word : last_words(desk.home())) {
    if (living && word.device == *living) {
      forget_last_word(desk.home(), *living);
      continue;
    }
    try {
      deliver_last_word(word);
      desk.tell(desk.words(Text::last_word_told, {word.edits}));
    } catch (const Failure& failure) {
      if (!living) throw;
      say(desk.words(Text::last_word_not_told, {failure_text(desk.lang(), failure)}));
    }
  }
}

// An office that does not answer, or not yet, is asked again by the next sync.
void seal_key(const Desk& desk, const Secret& data_key, OpenReplica& open, OfficeLink& link) {
  try {
    seal_key_to_office(desk.home(), data_key, open, link);
  } catch (const Failure& failure) {
    if (facts_of(failure.code()).retry != Retry::later) say(failure_text(desk.lang(), failure));
  }
}

void renew_certificate(Desk& desk, OpenReplica& open, OfficeLink& link) {
  try {
    if (const auto renewal = link.renew_if_due(open.replica.corrected_now()))
      say(renewal->failure ? desk.words(Text::not_renewed, {desk.local_time(renewal->until),
                                                            failure_text(desk.lang(), *renewal->failure)})
                           : desk.words(Text::renewed, {desk.local_time(renewal->until)}));
  } catch (const Failure& failure) {
    // Its certificate is over, so that it can hand nothing over itself any more.
    if (failure.code() != Code::wiped) throw;
    open.replica.set_standing(Standing::wiped);
    wipe_unheard(desk, open, failure);
  }
}

// One sync. REQUIRES: the sync lock is held.
SyncRun sync_once(Desk& desk, OpenReplica& open, OfficeLink& link) {
  const TransportCounters before = link.counters();
  renew_certificate(desk, open, link);
  const bool is_first = open.replica.standing() == Standing::bootstrapping;
  Session session(open.replica);
  SyncRun run;
  try {
    ProgressBar bar(desk.words(is_first ? Text::reading_cases : Text::syncing));
    run.report = run_session(session, link, [&](const SyncReport& report) {
      const std::int64_t done = report.taken.received + report.taken.dropped;
      if (report.remaining > 0) bar.show(done, done + report.remaining);
    });
  } catch (const Failure& failure) {
    if (session.report().wipe) wipe_unheard(desk, open, failure);
    throw;
  }
  run.bytes_out = link.counters().bytes_out - before.bytes_out;
  run.bytes_in = link.counters().bytes_in - before.bytes_in;
  const std::int64_t unsent = open.replica.facts().pending;
  if (run.report.wipe) wipe_replica(desk, open, link, unsent);
  if (run.report.suspended) throw desk.failure(Code::suspended, Text::handed_over, {unsent});
  seal_key(desk, desk.data_key(), open, link);
  deliver_last_words(desk, open.replica.identity().device_id);
  desk.home().note_sync();
  return run;
}

boost::json::array names_json(const std::vector<CaseName>& cases) {
  boost::json::array out;
  for (const CaseName& one : cases)
    out.push_back(boost::json::object{{"id", one.id.text()}, {"number", one.number}});
  return out;
}

void tell_json(const SyncRun& run) {
  const TakenIn& t = run.report.taken;
  print_json(boost::json::object{{"sent", run.report.sent},
                                 {"applied", t.applied},
                                 {"merged", t.merged},
                                 {"conflicts", t.conflicts},
                                 {"refused", t.refused},
                                 {"received", t.received},
                                 {"dropped", t.dropped},
                                 {"erased", t.erased},
                                 {"cases_erased", run.report.erasures},
                                 {"requests", run.report.requests},
                                 {"bytes_out", run.bytes_out},
                                 {"bytes_in", run.bytes_in},
                                 {"came", names_json(t.came)},
                                 {"left", names_json(t.left)},
                                 {"changed", names_json(t.changed_under)},
                                 {"restored", run.report.restored}});
}

void tell_names(const Desk& desk, Text text, const std::vector<CaseName>& cases) {
  std::string names;
  for (std::size_t i = 0; i < std::min(cases.size(), kNamesShown); ++i)
    names += (names.empty() ? "" : ", ") + printable(cases[i].number);
  if (cases.size() > kNamesShown) names += " … (+" + std::to_string(cases.size() - kNamesShown) + ")";
  if (!names.empty()) desk.tell(desk.words(text, {names}));
}

void tell_run(const Desk& desk, const SyncRun& run, bool is_quiet) {
  if (desk.json()) return tell_json(run);
  const TakenIn& t = run.report.taken;
  const bool is_idle = run.report.sent + run.report.erasures + t.received + t.dropped + t.erased + t.applied +
                           t.merged + t.conflicts + t.refused ==
                       0;
  if (is_idle && is_quiet) return;
  desk.tell(desk.words(Text::synced, {run.report.sent, t.merged, t.conflicts, t.refused, t.received}));
  if (is_idle) desk.tell(desk.words(Text::nothing_to_do));
  if (run.report.restored) desk.tell(desk.words(Text::restored));
  tell_names(desk, Text::came, t.came);
  tell_names(desk, Text::left, t.left);
  tell_names(desk, Text::changed_under, t.changed_under);
  if (run.report.erasures > 0) desk.tell(desk.words(Text::erased_cases, {run.report.erasures}));
  if (t.erased > 0) desk.tell(desk.words(Text::erased_edits, {t.erased}));
}

// A sync of a replica whose grace period is over: the office may let it go on; where nobody answers, it is destroyed as
// the lease says, and what is unsent in it is sealed.
SyncRun sync_locked(Desk& desk, OpenReplica& open, OfficeLink& link) {
  const LockFile lock = lock_sync(desk);
  try {
    return sync_once(desk, open, link);
  } catch (const Failure& failure) {
    const bool is_away = facts_of(failure.code()).exit_code == facts_of(Code::unreachable).exit_code;
    const ReplicaFacts facts = open.db == nullptr ? ReplicaFacts{} : open.replica.facts();
    if (is_away && open.db != nullptr && desk.retire(open, facts))
      throw desk.failure(Code::wiped,
                         facts.standing == Standing::wiped ? Text::wiped_sealed
                         : facts.pending > 0               ? Text::sealed_and_gone
                                                           : Text::is_destroyed,
                         {facts.pending});
    throw;
  }
}

// ---- --watch -------------------------------------------------------------------------------------------------------

volatile std::sig_atomic_t g_stop = 0;

void stop_on_signals() {
  struct sigaction stop {};
  stop.sa_handler = [](int) { g_stop = 1; };
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &stop, nullptr);
}

// Until the time is over, an edit waits, or a signal came.
void rest(std::chrono::milliseconds time, OpenReplica* wakes_for_edits) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (g_stop == 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(kLookEvery, time));
    if (wakes_for_edits == nullptr || wakes_for_edits->replica.facts().pending == 0) continue;
    std::this_thread::sleep_for(kNewEditWait);
    return;
  }
}

bool is_worth_waiting(const Failure& failure) {
  return failure.code() == Code::unreachable || failure.code() == Code::overload ||
         failure.code() == Code::busy || failure.code() == Code::login_page;
}

}  // namespace

int run_sync(Desk& desk) {
  if (desk.home().is_destroyed()) {
    const LockFile lock = lock_sync(desk);
    desk.home().finish_destroying();
    deliver_last_words(desk, std::nullopt);
  }
  OpenReplica open = desk.open_any(Home::Use::write);
  OfficeLink link(desk.home(), desk.data_key(), desk.clock());
  const SyncRun run = sync_locked(desk, open, link);
  tell_run(desk, run, false);
  if (sql::get_meta(*open.db, "two_machines") == "1") say(desk.words(Text::two_machines));
  return 0;
}

void sync_first(Desk& desk) {
  OpenReplica open = desk.open_any(Home::Use::write);
  OfficeLink link(desk.home(), desk.data_key(), desk.clock());
  const SyncRun run = sync_locked(desk, open, link);
  if (!desk.json()) return tell_run(desk, run, true);
  const Identity who = open.replica.identity();
  print_json(boost::json::object{{"device_id", who.device_id.text()},
                                 {"staff_id", who.staff_id.text()},
                                 {"user", sql::get_meta(*open.db, "user").value_or("")},
                                 {"organisation", sql::get_meta(*open.db, "organisation").value_or("")},
                                 {"received", run.report.taken.received},
                                 {"cases", open.replica.facts().cases}});
}

int run_watch(Desk& desk, const std::string& every) {
  const auto span = parse_span(every);
  if (!span) throw desk.failure(Code::usage, Text::idle_expected);
  OpenReplica open = desk.open_any(Home::Use::write);
  OfficeLink link(desk.home(), desk.data_key(), desk.clock());
  stop_on_signals();
  say(desk.words(Text::watching));
  for (int attempt = 0; g_stop == 0;) {
    try {
      tell_run(desk, sync_locked(desk, open, link), true);
      std::fflush(stdout);
      attempt = 0;
      rest(*span, &open);
    } catch (const Failure& failure) {
      if (!is_worth_waiting(failure)) throw;
      const auto wait = std::max<Ms>(backoff_ms(attempt++, desk.random()), Ms{link.retry_after_s()} * 1000);
      const auto* spoken = dynamic_cast<const SpokenFailure*>(&failure);
      const std::string sentence = spoken != nullptr ? failure.message() : failure_text(desk.lang(), failure);
      say(desk.words(Text::watch_failed, {sentence, (wait + 999) / 1000}));
      rest(std::chrono::milliseconds(wait), nullptr);
    }
  }
  return 0;
}

int run_verify(Desk& desk) {
  OpenReplica open = desk.open_any(Home::Use::write);
  OfficeLink link(desk.home(), desk.data_key(), desk.clock());
  const LockFile lock = lock_sync(desk);
  static_cast<void>(sync_once(desk, open, link));  // the comparison is of one and the same state
  const WireAnswer answer = link.exchange({"/v1/verify", open.replica.verify_body()});
  if (answer.status != 200) throw failure_of(answer);
  const auto decoded = sync::decode_verify_answer(answer.body);
  if (!decoded) throw Failure(Code::protocol, std::string(facts_of(Code::protocol).sentence));
  const std::int64_t repaired = open.replica.repair(*decoded);
  const bool is_sound = sql::check_sqlite(*open.db, false).empty();
  if (!is_sound) throw desk.failure(Code::corrupt, Text::file_damaged);
  if (desk.json()) {
    print_json(boost::json::object{{"equal", repaired == 0},
                                   {"repaired", repaired},
                                   {"differing_buckets", decoded->differing.size()},
                                   {"file_sound", is_sound}});
  }
  desk.tell(repaired == 0 ? desk.words(Text::verified_equal)
                          : desk.words(Text::verified_repaired, {repaired}));
  desk.tell(desk.words(Text::file_sound));
  return 0;
}

}  // namespace relance::client
