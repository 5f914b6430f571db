// Devices as witnesses of the audit log: what they find, what they do not take for it, and how the office hears of it;
// and ten thousand ways to tamper with the log, each found by the verifier and by any one device.
#include "client/audit_witness.h"

#include <iostream>
#include <sstream>

#include "server/audit_export.h"
#include "server/case_reads.h"
#include "server/database.h"
#include "tests/support/world.h"
#include "tests/test.hpp"
#include "verifier/audit_verify.h"

using namespace relance;
using namespace relance::test;

namespace {

constexpr Ms kHour = 3600 * 1000;
constexpr Ms kDay = 24 * kHour;

struct Witnessed : World {
  std::string key_pem{relance::key_pem(*make_ed25519_key()).view()};
  std::shared_ptr<server::AuditSigner> signer = std::make_shared<server::AuditSigner>(key_pem);
  Id paul = office.add_staff("paul", "agent"), clerk = office.add_staff("nadia", "clerk");
  CaseIds held = add_case();
  std::unique_ptr<TestDevice> device;

  Witnessed() {
    office.sign_with(signer);
    office.assign(held.case_id, paul);
    device = add_device(paul);
    device->sync();
  }
  void work() {
    clock.advance(kHour);
    office.edit(clerk, {insert_op("task", random.row_id(0),
                                  {{"case_id", held.case_id}, {"title", std::string("call")}})});
  }
  [[nodiscard]] client::WitnessFacts facts() const { return client::witness_facts(device->db()); }
  [[nodiscard]] std::int64_t last() { return server::audit_tail(office.db()).seq; }
  /// Every entry from `from` on gets another author and fits the one before it.
  void rewrite(std::int64_t from) {
    std::string before = server::hash_at(office.db(), from - 1).value_or("");
    for (std::int64_t seq = from; seq <= last(); ++seq) {
      const server::AuditEntry entry{.seq = seq,
                                     .happened_at = 1,
                                     .staff_id = paul,
                                     .device_id = paul,
                                     .action = "nothing",
                                     .object_hash = std::string(32, 'x')};
      before = server::link_of(before, entry);
      sql::run(office.db(),
               "UPDATE audit_entry SET happened_at = 1, staff_id = ?2, device_id = ?2, action = 'nothing', "
               "object_hash = "
               "?3, entry_hash = ?4 WHERE seq = ?1",
               seq, paul, Bytes{entry.object_hash}, Bytes{before});
    }
  }
};

/// What an answer says of the log, heard when its session is long over.
void hear_late(TestDevice& device, const client::WireAnswer& answer) {
  const auto decoded = sync::Answer::decode(answer.body);
  if (answer.status != 200 || !decoded) return;
  sql::Transaction transaction(device.db(), sql::Access::write);
  client::take_witness(device.db(), decoded->head, device.id());
  transaction.commit();
}

}  // namespace

TEST_CASE("a device keeps signed heads and has them shown again; nothing is found where nothing is wrong") {
  Witnessed w;
  REQUIRE(w.facts().newest.has_value());
  CHECK(w.facts().newest->seq == w.last());
  CHECK(w.signer->has_signed(*w.facts().newest));
  for (int day = 0; day < 40; ++day) {
    for (int i = 0; i < 3; ++i) {
      w.work();
      w.device->sync();
      CHECK(w.facts().newest->seq == w.last());
    }
    w.clock.advance(kDay);
  }
  CHECK(w.device->count("SELECT count(*) FROM audit_head") == 16);
  CHECK(w.device->count("SELECT count(*) FROM audit_head WHERE state <> 'held'") == 0);
  CHECK(server::open_findings(w.office.db()).empty());
  // The first and one a day, far apart after a while: a restore that goes back by weeks is still witnessed.
  CHECK(w.device->count("SELECT max(signed_at) - min(signed_at) FROM audit_head") > 30 * kDay);
}

TEST_CASE("an idle sync asks and answers nothing of the log, and commits nothing") {
  Witnessed w;
  w.device->sync();
  w.device->sync();
  const auto office_before = w.office.count("SELECT total_changes()");
  const auto device_before = w.device->count("SELECT total_changes()");
  std::string asked, answer;
  w.device->on_exchange = [&](const client::WireRequest& request, const client::WireAnswer& heard) {
    asked = request.body;
    answer = heard.body;
  };
  w.device->sync();
  CHECK(w.office.count("SELECT total_changes()") == office_before);
  CHECK(w.device->count("SELECT total_changes()") == device_before);
  CHECK(answer.find("audit") == std::string::npos);
  CHECK(asked.find("audit") == std::string::npos);  // a head is a hundred bytes
}

TEST_CASE("a device that finds a rewritten log says so, tells the office, and works on") {
  Witnessed w;
  w.work();
  w.device->sync();
  const sync::AuditHead before = *w.facts().newest;
  w.rewrite(3);
  w.work();
  w.device->sync();
  REQUIRE(w.facts().rewritten == 1);
  CHECK(w.facts().first->head.hash == before.hash);
  CHECK(w.facts().first->answered == server::hash_at(w.office.db(), before.seq));
  // The office hears of it with the next request, once.
  w.device->sync();
  const auto heard = server::open_findings(w.office.db());
  REQUIRE(heard.size() == 1);
  CHECK(heard.front().device == w.device->id());
  CHECK(heard.front().owner == "paul");
  CHECK(heard.front().finding.state == "rewritten");
  CHECK(heard.front().finding.head.seq == before.seq);
  CHECK(w.signer->has_signed(heard.front().finding.head));  // the office's own signature against the office
  CHECK(w.device->count("SELECT count(*) FROM audit_head WHERE state = 'rewritten' AND told_at IS NULL") ==
        0);
  // Everything goes on: edits, rows, and the heads of what the office shows now.
  const Id task = w.random.row_id(0);
  const std::int64_t n =
      w.device->edit({insert_op("task", task, {{"case_id", w.held.case_id}, {"title", std::string("z")}})});
  w.device->sync();
  CHECK(w.device->status_of(n) == "applied");
  CHECK(w.facts().newest->seq == w.last());
  CHECK(w.facts().rewritten == 1);
  {
    server::Ledger::Work work(w.office.ledger());
    CHECK(server::settle_findings(w.office.ledger(), {.staff_id = w.clerk, .role = schema::clerk},
                                  w.device->id()) == 1);
    work.commit();
  }
  CHECK(server::open_findings(w.office.db()).empty());
}

TEST_CASE("an entry that was altered where it stands is found within a day") {
  Witnessed w;
  for (int i = 0; i < 5; ++i) w.work();
  w.device->sync();
  w.office.db().execute("UPDATE audit_entry SET action = 'nothing' WHERE seq = 4");
  w.clock.advance(kDay);
  w.work();
  w.device->sync();
  CHECK(w.facts().rewritten > 0);
}

TEST_CASE("a log that is cut behind a device's head is found, and so is an office that goes silent") {
  Witnessed w;
  for (int i = 0; i < 5; ++i) w.work();
  w.device->sync();
  SECTION("cut") {
    w.office.db().execute("DELETE FROM audit_entry WHERE seq > 6");
    w.office.db().execute("DELETE FROM audit_salt WHERE seq > 6");
    w.work();
    w.device->sync();
    CHECK(w.facts().rewritten > 0);
  }
  SECTION("silent") {
    w.office.sign_with(nullptr);
    for (int i = 0; i < 3; ++i) {
      CHECK(w.facts().unanswered == 0);
      w.work();
      w.device->sync();
    }
    CHECK(w.facts().unanswered == 1);
  }
}

TEST_CASE("another key is told once; a head that nobody signed is not kept") {
  Witnessed w;
  auto other =
      std::make_shared<server::AuditSigner>(std::string(relance::key_pem(*make_ed25519_key()).view()));
  w.office.sign_with(other);
  for (int i = 0; i < 4; ++i) {
    w.work();
    w.device->sync();
  }
  CHECK(w.facts().other_key == 1);
  CHECK(w.facts().rewritten == 0);
  CHECK(other->has_signed(*w.facts().newest));
  CHECK(server::open_findings(w.office.db()).size() == 1);
}

TEST_CASE("after a restore a device holds what was lost for lost, and what the backup had for witnessed") {
  Witnessed w;
  for (int day = 0; day < 5; ++day) {
    w.clock.advance(kDay);
    w.work();
    w.device->sync();
  }
  w.office.backup(w.dir.path() / "one.db");
  for (int day = 0; day < 3; ++day) {
    w.clock.advance(kDay);
    w.work();
    w.device->sync();
  }
  SECTION("put back as it was") {
    w.office.go_back(w.dir.path() / "one.db");
    w.work();
    w.device->sync();
    w.device->sync();
    CHECK(w.facts().rewritten == 0);
    CHECK(w.facts().lost >= 2);
    CHECK(w.facts().newest->epoch == w.office.ledger().epoch());
    for (const auto& one : server::open_findings(w.office.db())) CHECK(one.finding.state == "lost");
    // The same backup again, and an edit between: the epoch between is lost as a whole.
    w.work();
    w.device->sync();
    w.office.go_back(w.dir.path() / "one.db");
    w.work();
    w.device->sync();
    CHECK(w.facts().rewritten == 0);
    for (int i = 0; i < 3; ++i) {
      w.clock.advance(kDay);
      w.work();
      w.device->sync();
    }
    CHECK(w.facts().rewritten == 0);
  }
  SECTION("a restore that is none: the past was made anew") {
    w.rewrite(4);
    w.office.db().execute(
        "DELETE FROM audit_head; DELETE FROM audit_salt");  // or the backup would not verify
    w.office.backup(w.dir.path() / "forged.db");
    w.office.go_back(w.dir.path() / "forged.db");
    w.work();
    w.device->sync();
    CHECK(w.facts().rewritten > 0);
  }
  SECTION("a restore under which only what is older than the backup was made anew") {
    w.office.go_back(w.dir.path() / "one.db");
    w.rewrite(4);  // the restore's own entry too
    w.work();
    w.device->sync();
    CHECK(w.facts().rewritten + w.facts().lost > 0);
  }
}

TEST_CASE("answers that come late accuse nobody") {
  Witnessed w;
  client::Session session(w.device->replica());
  w.work();
  const auto request = session.next();
  const client::WireAnswer late = w.device->deliver(*request);
  for (int i = 0; i < 3; ++i) {
    w.work();
    w.device->sync();
  }
  hear_late(*w.device, late);
  w.work();
  w.device->sync();
  CHECK(w.facts().rewritten + w.facts().other_key + w.facts().lost == 0);
  CHECK(w.facts().newest->seq == w.last());
}

namespace {

void live_honestly(std::uint64_t seeds) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    INFO("seed " << seed);
    SeededRandom chance(seed);
    Witnessed w;
    const auto second = w.add_device(w.paul);
    std::vector<std::filesystem::path> backups;
    std::vector<std::pair<TestDevice*, client::WireAnswer>> late;
    for (int step = 0; step < 60; ++step) {
      TestDevice& device = chance.below(3) == 0 ? *second : *w.device;
      w.clock.advance(static_cast<Ms>(chance.below(30)) * kHour);
      switch (chance.below(9)) {
        case 0:
        case 1: w.work(); break;
        case 2: device.sync_and_lose_answer(); break;
        case 3: {
          client::Session session(device.replica());
          late.emplace_back(&device, device.deliver(*session.next()));
          break;
        }
        case 4:
          if (!late.empty()) {
            const auto& [to, answer] = late[chance.below(late.size())];
            hear_late(*to, answer);
          }
          break;
        case 5:
          backups.push_back(w.dir.path() / (std::to_string(step) + ".db"));
          w.office.backup(backups.back());
          break;
        case 6:
          if (!backups.empty()) w.office.go_back(backups[chance.below(backups.size())]);
          break;
        default: device.sync(); break;
      }
    }
    for (TestDevice* device : {w.device.get(), second.get()}) {
      if (sql::text(w.office.db(), "SELECT state FROM device WHERE id = ?1", device->id()) != "active")
        continue;
      w.work();
      device->sync();
      const client::WitnessFacts facts = client::witness_facts(device->db());
      CHECK(facts.rewritten + facts.other_key + facts.unanswered == 0);
      CHECK(facts.newest.has_value());
    }
  }
}

}  // namespace

TEST_CASE("whatever is restored, lost, repeated or late, no device accuses an honest office") {
  live_honestly(8);
}

// unit_tests "[witnesses]": a minute.
TEST_CASE("five hundred stories of restores and lost answers accuse no honest office", "[.][witnesses]") {
  live_honestly(500);
}

// ---- readings ---------------------------------------------------------------------------------------------

namespace {

struct Reading : Witnessed {
  void read(const std::optional<Id>& case_id, std::string_view action = "case") {
    sql::Transaction transaction(device->db(), sql::Access::write);
    client::note_read(device->db(), device->id(), paul, action, case_id, device->replica().corrected_now());
    transaction.commit();
  }
  std::int64_t told() { return office.count("SELECT count(*) FROM case_read"); }
  server::ReadFilter of_case() const {
    return {.case_id = held.case_id, .user = {}, .from_on = {}, .to_on = {}};
  }
};

}  // namespace

TEST_CASE("a device tells the office who read which case: once an hour, once for good") {
  Reading w;
  w.read(w.held.case_id);
  w.clock.advance(kHour / 2);
  w.read(w.held.case_id);
  CHECK(w.device->count("SELECT count(*) FROM case_read") == 1);
  w.clock.advance(kHour);
  w.read(w.held.case_id);
  w.read(std::nullopt, "sql");
  w.device->sync_and_lose_answer();
  CHECK(w.told() == 3);
  w.device->sync();
  CHECK(w.told() == 3);
  CHECK(w.device->count("SELECT count(*) FROM case_read WHERE told_at IS NULL") == 0);
  const auto lines = server::list_reads(w.office.db(), w.of_case());
  REQUIRE(lines.size() == 3);
  CHECK(lines.front().user == "paul");
  CHECK(lines.front().device_id == w.device->id());
  CHECK(lines.back().action == "case");
  CHECK(lines.back().case_number == "C-1");
  // Told, and an hour old: the device forgets.
  w.clock.advance(2 * kHour);
  w.read(w.held.case_id);
  CHECK(w.device->count("SELECT count(*) FROM case_read") == 1);
}

TEST_CASE("readings of what the office has erased or never heard of bring no id back") {
  Reading w;
  w.read(w.random.row_id(0));
  w.device->sync();
  CHECK(w.told() == 0);
  CHECK(w.device->count("SELECT count(*) FROM case_read WHERE told_at IS NULL") == 0);
}

TEST_CASE("many readings travel over several syncs, and a device keeps so many at most") {
  Reading w;
  for (int i = 0; i < 450; ++i) {
    w.clock.advance(2 * kHour);
    w.read(w.held.case_id);
  }
  for (int i = 0; i < 3; ++i) w.device->sync();
  CHECK(w.told() == 450);
}

TEST_CASE("the office notes its own readings, and purges all of them by the rule") {
  Reading w;
  const auto note = [&](const std::optional<Id>& case_id) {
    server::Ledger::Work work(w.office.ledger());
    server::note_read(w.office.ledger(), {.staff_id = w.clerk, .role = schema::clerk}, "case", case_id);
    work.commit();
  };
  note(w.held.case_id);
  note(w.held.case_id);
  note(std::nullopt);
  CHECK(w.told() == 2);
  w.clock.advance(370 * kDay);
  note(w.held.case_id);
  CHECK(w.told() == 3);
  CHECK(server::list_reads(w.office.db(),
                           {.case_id = {}, .user = "nadia", .from_on = "2027-01-01", .to_on = {}})
            .size() == 1);
  const auto purge = [&](const char* day) {
    server::Ledger::Work work(w.office.ledger());
    const std::int64_t gone = server::purge_reads(w.office.ledger(), day);
    work.commit();
    return gone;
  };
  CHECK(server::months_of_access(w.office.db(), "2027-11-27") == 12);
  CHECK(purge("2027-11-27") == 2);
  CHECK(w.told() == 1);
  w.office.edit(w.office.system(), {insert_op("retention_rule", w.random.row_id(0),
                                              {{"code", std::string("RC8")},
                                               {"valid_from", std::string("2027-01-01")},
                                               {"covers", std::string("access")},
                                               {"event", std::string("written")},
                                               {"months", std::int64_t{6}},
                                               {"legal_basis", std::string("policy")}})});
  CHECK(server::months_of_access(w.office.db(), "2027-11-27") == 6);
  CHECK(server::months_of_access(w.office.db(), "2026-11-27") == 12);
}

// ---- tampering --------------------------------------------------------------------------------------------

namespace {

struct Line {
  server::AuditEntry entry;
  std::string hash;
};

std::vector<Line> lines_of(sql::Connection& db) {
  std::vector<Line> out;
  sql::Query q(db,
               "SELECT seq, happened_at, staff_id, device_id, action, object_hash, entry_hash FROM "
               "audit_entry ORDER BY "
               "seq");
  while (q.next())
    out.push_back({{.seq = q.integer(0),
                    .happened_at = q.integer(1),
                    .staff_id = q.id(2),
                    .device_id = q.id(3),
                    .action = q.text(4),
                    .object_hash = q.text(5)},
                   q.text(6)});
  return out;
}

void write_log(sql::Connection& db, const std::vector<Line>& lines,
               const std::vector<sync::AuditHead>& kept) {
  sql::Transaction transaction(db, sql::Access::write);
  sql::run(db, "DELETE FROM audit_entry");
  sql::run(db, "DELETE FROM audit_head");
  const auto office = Id::parse(*sql::get_meta(db, "office_device"));
  for (const sync::AuditHead& head : kept)
    sql::run(db,
             "INSERT INTO audit_head (device_id, epoch, seq, hash, signed_at, signature, state) VALUES (?1, "
             "?2, ?3, ?4, "
             "?5, ?6, 'held')",
             *office, head.epoch, head.seq, Bytes{head.hash}, head.signed_at, Bytes{head.signature});
  for (const Line& line : lines)
    sql::run(db,
             "INSERT INTO audit_entry (seq, happened_at, staff_id, device_id, action, object_hash, "
             "entry_hash) VALUES "
             "(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
             line.entry.seq, line.entry.happened_at, line.entry.staff_id, line.entry.device_id,
             line.entry.action, Bytes{line.entry.object_hash}, Bytes{line.hash});
  transaction.commit();
}

/// What a hand does to the log that knows its format but not the office's key. Returns what it did.
std::string tamper(std::vector<Line>& lines, SeededRandom& chance) {
  const std::size_t at = chance.below(lines.size());
  Line& line = lines[at];
  bool renumbers = false;
  std::string done = "entry " + std::to_string(at + 1) + ": ";
  switch (chance.below(9)) {
    case 0: done += "another time", line.entry.happened_at += 1 + static_cast<Ms>(chance.below(1000)); break;
    case 1: done += "another author", line.entry.staff_id = chance.uuid(); break;
    case 2: done += "another device", line.entry.device_id = chance.uuid(); break;
    case 3: done += "another action", line.entry.action += "x"; break;
    case 4: done += "another object", line.entry.object_hash[chance.below(32)] ^= 1; break;
    case 5: line.hash[chance.below(32)] ^= 1; return done + "another hash";
    case 6:
      done += "left out";
      lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at));
      renumbers = chance.below(2) == 0;
      break;
    case 7: {
      const std::size_t other = (at + 1 + chance.below(lines.size() - 1)) % lines.size();
      done += "changed places with " + std::to_string(other + 1);
      std::swap(lines[at], lines[other]);
      renumbers = true;
      break;
    }
    default:
      done += "the last";
      lines.resize(std::max<std::size_t>(at, 1));
      if (at == 0) lines.front().entry.action = "begun anew";
      break;
  }
  if (renumbers)
    for (std::size_t i = 0; i < lines.size(); ++i) lines[i].entry.seq = static_cast<std::int64_t>(i) + 1;
  if (chance.below(2) == 0) {
    done += ", and every hash made anew";
    std::string before;
    for (Line& one : lines) before = one.hash = server::link_of(before, one.entry);
  }
  return done;
}

struct Crime : Witnessed {
  sync::AuditHead outside;  // beside the database, as `daily` leaves it

  Crime() {
    const auto keep = [&] {
      server::Ledger::Work work(office.ledger());
      outside = *signer->keep_now(office.ledger());
      work.commit();
    };
    for (int i = 0; i < 24; ++i) {
      work();
      if (i % 10 == 0) keep();
    }
    keep();
    device->sync();
    REQUIRE(facts().newest->seq == last());
  }

  // What an export of it says, checked against the key and the head that lie outside.
  bool verifier_finds() {
    server::AuditSigner honest(key_pem);
    std::string text;
    static_cast<void>(server::export_audit(office.db(), honest, outside, clock.now(),
                                           [&](std::string_view part) { text += part; }));
    std::istringstream in(text);
    return !audit_verify::verify(in, {.key = hex(honest.public_key()), .witnesses = {}}).wrong.empty();
  }

  // The same where the hand has the office sign what it made of the log, and nothing lies outside but a device's head.
  bool verifier_finds_by_device() {
    server::AuditSigner forced(key_pem);
    std::string text;
    static_cast<void>(server::export_audit(office.db(), forced, {}, clock.now(),
                                           [&](std::string_view part) { text += part; }));
    std::istringstream in(text);
    const sync::AuditHead head = *facts().newest;
    return !audit_verify::verify(in,
                                 {.key = {}, .witnesses = {{head.epoch.text(), head.seq, hex(head.hash)}}})
                .wrong.empty();
  }

  bool device_finds() {
    server::AuditSigner running(key_pem);
    sql::Transaction undone(device->db(), sql::Access::write);
    sync::Request request;
    request.epoch = office.ledger().epoch();
    const Ms tomorrow = clock.now() + 25 * kHour;
    client::add_witness(device->db(), request, true, tomorrow);
    REQUIRE(request.audit.whole);
    sync::AnswerHead answer{.epoch = request.epoch, .now = tomorrow};
    answer.audit = running.word_for(office.db(), request.audit, tomorrow);
    client::take_witness(device->db(), answer, device->id());
    return facts().rewritten > 0;
  }
};

void tamper_times(std::uint64_t times) {
  Crime w;
  REQUIRE_FALSE(w.verifier_finds());
  REQUIRE_FALSE(w.verifier_finds_by_device());
  REQUIRE_FALSE(w.device_finds());
  const std::vector<Line> honest = lines_of(w.office.db());
  const std::vector<sync::AuditHead> kept = server::kept_heads(w.office.db());
  w.office.db().execute("DELETE FROM audit_salt");  // what does not fit there would tell, too
  std::uint64_t found = 0;
  for (std::uint64_t seed = 1; seed <= times; ++seed) {
    SeededRandom chance(seed);
    std::vector<Line> lines = honest;
    const std::string done = tamper(lines, chance);
    const bool takes_heads = chance.below(2) == 0;
    INFO("seed " << seed << ", " << done << (takes_heads ? ", kept heads removed" : ""));
    write_log(w.office.db(), lines, takes_heads ? std::vector<sync::AuditHead>{} : kept);
    const bool by_verifier = w.verifier_finds();
    const bool by_device_head = w.verifier_finds_by_device();
    const bool by_device = w.device_finds();
    if (by_verifier && by_device_head && by_device) {
      ++found;
      continue;
    }
    CHECK(by_verifier);
    CHECK(by_device_head);
    CHECK(by_device);
  }
  std::cout << "evidence: {\"figure\":\"audit log tamperings found\",\"value\":" << found
            << ",\"unit\":\"tamperings\",\"goal\":10000,\"tried\":" << times << "}" << std::endl;
}

}  // namespace

TEST_CASE("tampering with the audit log at any entry is found by the verifier and by any one device") {
  tamper_times(1'000);
}

// ./relance-dev evidence test --only unit -- "[tamperings]": a minute.
TEST_CASE("ten thousand tamperings with the audit log are found, each by both", "[.][tamperings]") {
  tamper_times(10'000);
}
