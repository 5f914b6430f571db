// Commands that only read: status, case, sql.
#include "client/audit_witness.h"
#include "client/case_view.h"
#include "client/commands.h"
#include "client/key_holder.h"
#include "client/office_seal.h"
#include "host/digest.h"
#include "host/position_view.h"
#include "host/restriction.h"
#include "host/value_text.h"

namespace relance::client {
namespace {

struct StatusFacts {
  ReplicaFacts replica;
  WitnessFacts witness;
  Ms last_sync_at = 0, now = 0;
  std::string server, user, organisation;
};

// An expired replica, and one whose clock was set back, say "locked" to scripts: what one does about it is the same.
std::string_view state_name(Standing standing) {
  const bool is_locked = standing == Standing::expired || standing == Standing::clock_back;
  return name_of(is_locked ? Standing::locked : standing);
}

std::string status_sentence(const Desk& desk, const StatusFacts& facts) {
  const ReplicaFacts& r = facts.replica;
  switch (r.standing) {
    case Standing::bootstrapping: return desk.words(Text::is_bootstrapping, {r.cases});
    case Standing::locked: return desk.words(Text::is_locked, {desk.local_time(r.last_sync_at)});
    case Standing::clock_back: return desk.words(Text::is_clock_back, {desk.local_time(r.last_sync_at)});
    case Standing::expired: return desk.words(Text::is_expired, {desk.local_time(r.last_sync_at), r.pending});
    case Standing::suspended: return desk.words(Text::is_suspended, {r.pending});
    case Standing::wiped: return desk.words(Text::is_wiped);
    case Standing::ready: break;
  }
  const std::string ago = moment_text(desk.lang(), facts.last_sync_at, facts.now);
  return r.pending == 0 ? desk.words(Text::all_sent, {ago}) : desk.words(Text::edits_wait, {r.pending, ago});
}

// Unsent edits of replicas that are gone: only the office can read them.
std::int64_t sealed_edits(const Desk& desk) {
  std::int64_t edits = 0;
  for (const LastWord& word : last_words(desk.home())) edits += word.edits;
  return edits;
}

void tell_last_words(const Desk& desk) {
  for (const LastWord& word : last_words(desk.home()))
    desk.tell(desk.words(Text::last_word_waits, {word.edits}));
}

// An idle sync commits nothing; the file's time says that it was there.
Ms last_sync_of(const Desk& desk, const OpenReplica& open, const ReplicaFacts& facts) {
  const Ms noted = desk.home().noted_sync();
  if (noted == 0 || facts.last_sync_at == 0) return facts.last_sync_at;
  return std::max(facts.last_sync_at, noted + open.replica.corrected_now() - desk.clock().now());
}

boost::json::object witness_json(const WitnessFacts& facts) {
  boost::json::object out{{"rewritten", facts.rewritten},
                          {"other_key", facts.other_key},
                          {"lost", facts.lost},
                          {"unanswered", facts.unanswered}};
  if (!facts.newest) return out;
  out["epoch"] = facts.newest->epoch.text();
  out["seq"] = facts.newest->seq;
  out["hash"] = hex(facts.newest->hash);
  return out;
}

void tell_status(const Desk& desk, const StatusFacts& facts) {
  desk.tell(status_sentence(desk, facts));
  if (facts.replica.lease_ends_soon)
    desk.tell(desk.words(Text::lease_ends_soon,
                         {desk.local_time(facts.last_sync_at), desk.local_time(facts.replica.lease_until)}));
  tell_last_words(desk);
  const auto fact = [&](Text label, const std::string& content) {
    desk.tell("  " + desk.words(label) + ": " + content);
  };
  const ReplicaFacts& r = facts.replica;
  fact(Text::fact_pending, std::to_string(r.pending));
  fact(Text::fact_conflicts, std::to_string(r.conflicts));
  fact(Text::fact_refused, std::to_string(r.refused));
  fact(Text::fact_cases, std::to_string(r.cases));
  if (r.restricted > 0) fact(Text::fact_restricted, std::to_string(r.restricted));
  if (r.orphans > 0) fact(Text::fact_orphans, std::to_string(r.orphans));
  if (const std::string found = witness_sentence(desk, facts.witness); !found.empty())
    fact(Text::fact_audit, found);
  fact(Text::fact_last_sync, desk.local_time(facts.last_sync_at));
  fact(Text::fact_lease, desk.local_time(r.lease_until));
  fact(Text::fact_server, facts.server);
  fact(Text::fact_user,
       printable(facts.user + (facts.organisation.empty() ? "" : ", " + facts.organisation)));
}

boost::json::object status_json(const Desk& desk, const StatusFacts& facts) {
  const ReplicaFacts& r = facts.replica;
  return {{"state", state_name(r.standing)},
          {"sentence", status_sentence(desk, facts)},
          {"pending", r.pending},
          {"conflicts", r.conflicts},
          {"refused", r.refused},
          {"last_sync", json_instant(facts.last_sync_at)},
          {"lease_until", json_instant(r.lease_until)},
          {"lease_ends_soon", r.lease_ends_soon},
          {"sealed", sealed_edits(desk)},
          {"cases", r.cases},
          {"restricted", r.restricted},
          {"orphans", r.orphans},
          {"audit", witness_json(facts.witness)},
          {"server", facts.server},
          {"user", facts.user},
          {"organisation", facts.organisation}};
}

int tell_destroyed(const Desk& desk) {
  if (desk.json()) {
    print_json(boost::json::object{{"state", "wiped"},
                                   {"sentence", desk.words(Text::is_destroyed)},
                                   {"pending", 0},
                                   {"conflicts", 0},
                                   {"refused", 0},
                                   {"last_sync", nullptr},
                                   {"lease_until", nullptr},
                                   {"sealed", sealed_edits(desk)},
                                   {"cases", 0}});
  }
  desk.tell(desk.words(Text::is_destroyed));
  tell_last_words(desk);
  return 0;
}

std::string server_text(const Desk& desk) {
  try {
    return desk.home().server().text();
  } catch (const Failure&) {
    return "?";
  }
}

}  // namespace

int run_status(Desk& desk) {
  if (!desk.home().is_enrolled() && desk.home().is_destroyed()) return tell_destroyed(desk);
  OpenReplica open = desk.open_any(Home::Use::read);
  StatusFacts facts{.replica = open.replica.facts(),
                    .now = open.replica.corrected_now(),
                    .server = server_text(desk),
                    .user = sql::get_meta(*open.db, "user").value_or(""),
                    .organisation = sql::get_meta(*open.db, "organisation").value_or("")};
  facts.last_sync_at = last_sync_of(desk, open, facts.replica);
  if (is_witness(open.replica.version())) facts.witness = witness_facts(*open.db);
  if (desk.retire(open, facts.replica)) return tell_destroyed(desk);
  if (desk.json())
    print_json(status_json(desk, facts));
  else
    tell_status(desk, facts);
  return 0;
}

int run_case(Desk& desk, const std::string& number, const std::string& as_of) {
  OpenReplica open = desk.open(Home::Use::read);
  const Id id = desk.case_named(*open.db, number);
  const std::string today = open.replica.today();
  const CaseLine line = one_case(*open.db, id, today);
  const CaseFigures figures = case_figures(*open.db, id, as_of.empty() ? today : typed_day(as_of));
  if (desk.json()) {
    boost::json::object out = case_json(*open.db, desk.lang(), line);
    add_figures(out, figures);
    print_json(out);
  } else {
    print(case_text(*open.db, desk.lang(), line, figures_text(desk.lang(), figures)));
  }
  desk.note_read(open, "case", id);
  return 0;
}

int run_query(Desk& desk, const std::string& text) {
  OpenReplica open = desk.open(Home::Use::read);
  if (reaches_behind(text) && open.replica.facts().restricted > 0)
    throw desk.failure(Code::restricted, Text::behind_views);
  open.db->execute("PRAGMA query_only = ON");
  const QueryResult result = relance::run_query(*open.db, text);
  if (desk.json()) {
    print(query_json(result) + "\n");
    desk.note_read(open, "sql", std::nullopt);
    return 0;
  }
  std::vector<TextTable::Column> columns;
  for (const std::string& name : result.columns) columns.push_back({name});
  TextTable table(std::move(columns));
  for (const Row& row : result.rows) {
    std::vector<std::string> cells;
    for (const Value& value : row) cells.push_back(cell_text(value));
    table.add(std::move(cells));
  }
  print(table.text());
  desk.note_read(open, "sql", std::nullopt);
  return 0;
}

}  // namespace relance::client
