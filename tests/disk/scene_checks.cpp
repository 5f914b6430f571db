// What has to be true of a scene: after a crash, and at a story's end.
#include <algorithm>

#include "host/failure.h"
#include "host/sqlite.h"
#include "server/database.h"
#include "tests/disk/scene.h"

namespace relance::disktest {
namespace {

constexpr int kRoundsMax = 6;  // of syncs until all is quiet; a story needs two or three

std::string list(const Witness::Edits& edits) {
  std::string out;
  for (const auto& [intent, words] : edits) out += (out.empty() ? "" : ", ") + intent;
  return "[" + out + "]";
}

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return "[" + out + "]";
}

std::vector<sync::Op> ops_of(std::string_view text) {
  auto ops = sync::decode_ops(text);
  require(ops.has_value(), "an edit in the outbox cannot be read");
  return std::move(*ops);
}

// A failure and no broken promise: after a flipped bit this is what has to be said.
void require_sound(sql::Connection& db, const std::string& whose) {
  if (const std::string wrong = sql::check_sqlite(db, false); !wrong.empty())
    throw Failure(Code::corrupt, whose + ": " + wrong);
}

}  // namespace

void Scene::check_promises(const std::string& machine) {
  if (machine == kOffice) return check_office();
  for (const std::string& name : devices())
    if (name == machine) check_device(name);
}

void Scene::check_device(const std::string& name) {
  sql::Connection& db = *device(name).db;
  require_sound(db, "device " + name);
  Witness::Device& promised = witness.devices[name];
  const Witness::Edits found = outbox_of(db);
  if (found != promised.edits)
    require(promised.attempted && found == *promised.attempted,
            "device " + name + " has the edits " + list(found) + " and promised " + list(promised.edits));
  promised.edits = found;
  promised.attempted.reset();

  const auto count = static_cast<std::int64_t>(found.size());
  const auto last = std::stoll("0" + sql::get_meta(db, "last_n").value_or(""));
  const auto largest = sql::number(db, "SELECT max(n) FROM outbox").value_or(0);
  require(last == largest && last == count, "device " + name + " has gaps in its numbers");
  const auto acked = std::stoll("0" + sql::get_meta(db, "acked").value_or(""));
  require(acked >= promised.acked || witness.epoch != sql::get_meta(db, "epoch").value_or(""),
          "device " + name + " has forgotten an answer that it had taken in");
  sql::Query pending(db, "SELECT intent, ops FROM outbox WHERE status = 'pending'");
  while (pending.next())
    for (const sync::Op& op : ops_of(pending.view(1)))
      require(op.kind != sync::OpKind::insert || device(name).replica.row(*op.table, op.row).has_value(),
              "device " + name + " does not show what " + pending.text(0) + " has written");
}

void Scene::check_office() {
  command([&](server::Ledger& ledger) {
    sql::Connection& db = ledger.db();
    require_sound(db, "the office");
    const auto wrong = server::verify_office(db);
    require(wrong.empty(), "the office's verify: " + (wrong.empty() ? "" : wrong.front()));

    std::vector<std::string> found;
    {
      sql::Query q(db, "SELECT intent FROM mutation_log WHERE device_id = ?1 ORDER BY n",
                   ledger.office_device());
      while (q.next())
        if (std::find(witness.office.begin(), witness.office.end(), q.view(0)) != witness.office.end() ||
            (witness.office_attempted && q.view(0) == witness.office_attempted->back()))
          found.push_back(q.text(0));
    }
    require(found == witness.office || (witness.office_attempted && found == *witness.office_attempted),
            "the office has its edits " + list(found) + " and promised " + list(witness.office));
    witness.office = found;
    witness.office_attempted.reset();

    const auto entries = sql::number(db, "SELECT count(*) FROM entry").value_or(0);
    require(entries == witness.entries || entries == witness.entries_attempted,
            "the office has " + std::to_string(entries) + " imported lines and promised " +
                std::to_string(witness.entries));
    witness.entries = entries;
    witness.entries_attempted.reset();

    for (const auto& [name, promised] : witness.devices)
      for (const std::int64_t n : promised.at_office)
        require(sql::number(db, "SELECT 1 FROM mutation_log WHERE device_id = ?1 AND n = ?2",
                            name == "c" ? *witness.enrolled : named("device " + name), n)
                    .has_value(),
                "the office has lost edit " + std::to_string(n) + " of device " + name +
                    ", for which it had given an outcome");
    require(!sql::number(db, "SELECT 1 FROM device WHERE state = 'frozen'"), "a device was frozen");
    require(
        !sql::number(db,
                     "SELECT 1 FROM device_state t WHERE t.device_id <> ?1 AND t.last_n <> (SELECT count(*) "
                     "FROM mutation_log m WHERE m.device_id = t.device_id)",
                     ledger.office_device()),
        "the office has numbers without an outcome");
  });
  if (!witness.backup_counts) return;
  const auto backup = open_file(Disk::Path(kOffice) / "backup.db", true, false);
  require(server::verify_office(*backup).empty(), "a backup that counted is not whole");
}

// Round by round: what one device has sent, another hears of in the next.
void Scene::settle() {
  for (int round = 0;; ++round) {
    bool quiet = true;
    for (const std::string& name : devices()) {
      const client::SyncReport report = sync(name);
      quiet = quiet && report.sent == 0 && report.taken.received + report.taken.dropped == 0 &&
              device(name).replica.facts().pending == 0;
    }
    if (quiet) return;
    require(round < kRoundsMax, "the devices do not come to rest");
  }
}

void Scene::check_end() {
  check_office();
  for (const std::string& name : devices()) {
    check_device(name);
    const client::WireAnswer answer = deliver(name, {"/v1/verify", device(name).replica.verify_body()});
    const auto decoded = sync::decode_verify_answer(answer.body);
    require(answer.status == 200 && decoded.has_value(), "verify of device " + name + " was not answered");
    require(decoded->differing.empty(), "device " + name + " and the office differ in " +
                                            std::to_string(decoded->differing.size()) + " buckets");
    require(device(name).replica.facts().orphans == 0, "device " + name + " has orphans");
    check_fates(name);
  }
}

// Each edit has one fate, the same on both sides, and what was taken in is there to be read.
void Scene::check_fates(const std::string& name) {
  const Id id = device(name).replica.identity().device_id;
  command([&](server::Ledger& ledger) {
    sql::Query q(*device(name).db, "SELECT n, intent, status, ops FROM outbox ORDER BY n");
    while (q.next()) {
      const std::string who = "edit " + q.text(1) + " of device " + name;
      const auto there = sql::text(
          ledger.db(), "SELECT status FROM mutation_log WHERE device_id = ?1 AND n = ?2", id, q.integer(0));
      require(there.has_value(), who + " has no fate at the office");
      const bool is_in = q.view(2) == "applied" || q.view(2) == "merged" || q.view(2) == "conflict";
      const bool was_taken = *there == "applied" || *there == "merged" || *there == "conflict";
      require(is_in == was_taken && (is_in || *there == "refused"),
              who + " is " + q.text(2) + " here and " + *there + " at the office");
      for (const sync::Op& op : ops_of(q.view(3)))
        require(!is_in || op.kind != sync::OpKind::insert ||
                    sql::number(ledger.db(),
                                "SELECT 1 FROM " + std::string(op.table->name) + " WHERE id = ?1", op.row)
                        .has_value(),
                who + " was taken in and its row is not at the office");
    }
  });
}

}  // namespace relance::disktest
