// The audit log at the office: what it commits to, what is left of that once a case is gone, heads, and the export that
// a verifier reads which shares no code with all of this.
#include "server/audit_log.h"

#include <sstream>

#include "host/failure.h"
#include "server/audit_export.h"
#include "server/backup.h"
#include "server/database.h"
#include "tests/support/world.h"
#include "tests/test.hpp"
#include "verifier/audit_verify.h"

using namespace relance;
using namespace relance::test;

namespace {

struct Logged : World {
  std::string key_pem{key_pem_of(*make_ed25519_key())};
  std::shared_ptr<server::AuditSigner> signer = std::make_shared<server::AuditSigner>(key_pem);
  Id paul = office.add_staff("paul", "agent"), clerk = office.add_staff("nadia", "clerk");
  CaseIds one = add_case(), other = add_case();

  Logged() { office.sign_with(signer); }
  static std::string key_pem_of(const evp_pkey_st& key) { return std::string(relance::key_pem(key).view()); }

  std::int64_t last() { return server::audit_tail(office.db()).seq; }
  sync::AuditHead keep() {
    server::Ledger::Work work(office.ledger());
    const auto head = signer->keep_now(office.ledger());
    work.commit();
    REQUIRE(head.has_value());
    return *head;
  }
  std::string exported(const std::optional<sync::AuditHead>& outside = {}) {
    std::string out;
    static_cast<void>(server::export_audit(office.db(), *signer, outside, clock.now(),
                                           [&](std::string_view part) { out += part; }));
    return out;
  }
  std::string key() const { return hex(signer->public_key()); }
};

audit_verify::Verdict verdict_on(const std::string& text, audit_verify::Options options = {}) {
  std::istringstream in(text);
  return audit_verify::verify(in, options);
}

std::string all(const std::vector<std::string>& sentences) {
  std::string out;
  for (const std::string& one : sentences) out += one + "\n";
  return out;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

}  // namespace

TEST_CASE("an audit entry commits under a salt that goes with each case it speaks of") {
  Logged w;
  const Id first = w.random.row_id(0), second = w.random.row_id(0);
  const auto outcome = w.office.edit(
      w.clerk, {insert_op("task", first, {{"case_id", w.one.case_id}, {"title", std::string("x")}}),
                insert_op("task", second, {{"case_id", w.other.case_id}, {"title", std::string("y")}})});
  REQUIRE(outcome.status == sync::Status::applied);
  const std::int64_t seq = w.last();
  const auto salt = server::salt_of(w.office.db(), seq);
  REQUIRE(salt.has_value());
  CHECK(salt->size() == 16);
  const auto content = sql::text(w.office.db(), "SELECT hash FROM mutation_log ORDER BY n DESC LIMIT 1");
  Digest hash{};
  std::copy(content->begin(), content->end(), hash.begin());
  const std::string object = server::audit_line(outcome, hash);
  const auto committed = sql::text(w.office.db(), "SELECT object_hash FROM audit_entry WHERE seq = ?1", seq);
  CHECK(server::commitment(*salt, object) == *committed);
  CHECK(*committed != bytes_of(sha256(object)));
  CHECK(w.office.count("SELECT count(*) FROM audit_salt WHERE seq = " + std::to_string(seq)) == 2);

  SECTION("one of its cases is erased: nothing opens it, and the chain holds") {
    sql::run(w.office.db(), "DELETE FROM audit_salt WHERE case_id = ?1", w.other.case_id);
    CHECK_FALSE(server::salt_of(w.office.db(), seq).has_value());
    CHECK(server::verify_office(w.office.db()).empty());
    CHECK(verdict_on(w.exported()).wrong.empty());
  }
  SECTION("a debtor's edits go with the debtor") {
    w.office.edit(w.clerk, {update_op("debtor", w.one.debtor, {{"language", std::string("en")}})});
    CHECK(sql::number(w.office.db(), "SELECT count(*) FROM audit_salt WHERE seq = ?1 AND debtor_id = ?2",
                      w.last(), w.one.debtor) == 1);
  }
}

TEST_CASE("low-entropy content cannot be guessed from the log once the case is erased") {
  Logged w;
  w.office.edit(w.clerk,
                {update_op("case_file", w.one.case_id, {{"next_action_on", std::string("2026-12-01")}})});
  const std::int64_t seq = w.last();
  const std::string committed =
      *sql::text(w.office.db(), "SELECT object_hash FROM audit_entry WHERE seq = ?1", seq);
  const std::string hash = *sql::text(w.office.db(), "SELECT hash FROM mutation_log ORDER BY n DESC LIMIT 1");
  Digest content{};
  std::copy(hash.begin(), hash.end(), content.begin());
  const std::int64_t n = w.office.count("SELECT max(n) FROM mutation_log");
  const std::string object = server::audit_line({.n = n, .status = sync::Status::applied}, content);
  // Whoever knows everything but the salt tries what he suspects.
  CHECK(server::commitment(*server::salt_of(w.office.db(), seq), object) == committed);
  sql::run(w.office.db(), "DELETE FROM audit_salt WHERE case_id = ?1", w.one.case_id);
  CHECK(sql::number(w.office.db(), "SELECT count(*) FROM audit_salt WHERE seq = ?1", seq) == 0);
  CHECK(committed != server::commitment("", object));
  CHECK(committed != server::commitment(std::string(16, '\0'), object));
}

TEST_CASE("two entries of the same content tell nobody that they are the same") {
  Logged w;
  for (int i = 0; i < 2; ++i) {
    server::Ledger::Work work(w.office.ledger());
    w.office.ledger().audit(
        {.staff_id = w.clerk, .role = schema::clerk, .device_id = w.office.ledger().office_device()},
        "the.same", "the same");
    work.commit();
  }
  CHECK(w.office.count("SELECT count(DISTINCT object_hash) FROM audit_entry WHERE action = 'the.same'") == 2);
}

TEST_CASE("verify finds a detail that was altered, and a chain that was made anew under kept heads") {
  Logged w;
  {
    server::Ledger::Work work(w.office.ledger());
    w.office.ledger().audit(
        {.staff_id = w.clerk, .role = schema::clerk, .device_id = w.office.ledger().office_device()}, "test",
        "a detail");
    work.commit();
  }
  const sync::AuditHead kept = w.keep();
  REQUIRE(server::verify_office(w.office.db()).empty());
  std::vector<std::string> wrong;
  server::check_heads(w.office.db(), w.signer->public_key(), kept, wrong);
  CHECK(wrong.empty());

  SECTION("the detail") {
    w.office.db().execute("UPDATE audit_salt SET detail = 'another' WHERE detail = 'a detail'");
    CHECK_THAT(all(server::verify_office(w.office.db())), Catch::Contains("commits to something else"));
  }
  SECTION("the chain") {
    // The last entry gives way to another that fits.
    const std::int64_t last = w.last();
    server::AuditEntry entry{.seq = last,
                             .happened_at = 7,
                             .staff_id = w.paul,
                             .device_id = w.paul,
                             .action = "nothing",
                             .object_hash = std::string(32, 'x')};
    const std::string before = *server::hash_at(w.office.db(), last - 1);
    sql::run(w.office.db(),
             "UPDATE audit_entry SET happened_at = 7, staff_id = ?1, device_id = ?1, action = 'nothing', "
             "object_hash = "
             "?2, entry_hash = ?3 WHERE seq = ?4",
             w.paul, Bytes{entry.object_hash}, Bytes{server::link_of(before, entry)}, last);
    w.office.db().execute("DELETE FROM audit_salt WHERE detail = 'a detail'");
    CHECK_THAT(all(server::verify_office(w.office.db())), Catch::Contains("not the one that was signed"));
    w.office.db().execute("DELETE FROM audit_head");
    CHECK(server::verify_office(w.office.db()).empty());  // that is why a head lies beside the database
    server::check_heads(w.office.db(), w.signer->public_key(), kept, wrong);
    CHECK_THAT(all(wrong), Catch::Contains("not the one that was signed"));
    CHECK_THAT(all(verdict_on(w.exported(kept)).wrong), Catch::Contains("has not signed this export"));
  }
  SECTION("a head of another key") {
    server::AuditSigner stranger(Logged::key_pem_of(*make_ed25519_key()));
    server::check_heads(w.office.db(), stranger.public_key(), {}, wrong);
    CHECK_THAT(all(wrong), Catch::Contains("bears no signature of this office's audit key"));
  }
}

TEST_CASE("the verifier reads an export, and finds what was done to the file") {
  Logged w;
  w.keep();
  w.office.edit(w.clerk,
                {update_op("case_file", w.one.case_id, {{"next_action_on", std::string("2026-12-01")}})});
  const std::string text = w.exported();
  const audit_verify::Verdict verdict = verdict_on(text, {.key = w.key(), .witnesses = {}});
  INFO(all(verdict.wrong));
  CHECK(verdict.wrong.empty());
  CHECK(verdict.entries == w.last());
  CHECK(verdict.heads == 2);
  CHECK(text.find("next_action_on") == std::string::npos);  // ids, codes, times and hashes

  const auto line = [&](int number) {
    std::size_t at = 0;
    for (int i = 1; i < number; ++i) at = text.find('\n', at) + 1;
    return text.substr(at, text.find('\n', at) + 1 - at);
  };
  const auto found = [&](const std::string& altered) { return all(verdict_on(altered).wrong); };
  CHECK_THAT(found(replaced(text, line(5), "")), Catch::Contains("where entry 3 should stand"));
  CHECK_THAT(found(replaced(text, line(5) + line(6), line(6) + line(5))),
             Catch::Contains("where entry 3 should"));
  CHECK_THAT(found(replaced(text, "\"action\":\"test\"", "\"action\":\"tset\"")),
             Catch::Contains("does not continue the one before it"));
  CHECK_THAT(found(text.substr(0, text.rfind("{\"seq\""))), Catch::Contains("entries and has"));
  CHECK_THAT(found(""), Catch::Contains("the file is empty"));
  CHECK_THAT(found("nonsense\n"), Catch::Contains("no JSON object"));
  CHECK_THAT(found(line(1)), Catch::Contains("entries and has 0"));
  CHECK_THAT(found(replaced(text, w.key(), std::string(64, 'a'))), Catch::Contains("not signed"));
  CHECK_FALSE(verdict_on(text, {.key = std::string(64, 'a'), .witnesses = {}}).wrong.empty());
  audit_verify::Witness witness;
  REQUIRE(audit_verify::read_witness("3:" + std::string(64, 'a'), witness));
  CHECK_THAT(all(verdict_on(text, {.key = {}, .witnesses = {witness}}).wrong),
             Catch::Contains("of another log"));
  CHECK_FALSE(audit_verify::read_witness("x:3:" + std::string(64, 'a'), witness));
  CHECK_FALSE(audit_verify::read_witness("3", witness));
}

TEST_CASE("a restore names where the log goes on; heads of what it took are lost, not rewritten") {
  Logged w;
  const sync::AuditHead early = w.keep();
  w.office.backup(w.dir.path() / "one.db");
  w.office.edit(w.clerk,
                {update_op("case_file", w.one.case_id, {{"next_action_on", std::string("2026-12-01")}})});
  const sync::AuditHead late = w.keep();
  const Id before = w.office.ledger().epoch();
  w.office.go_back(w.dir.path() / "one.db");
  const auto spans = server::epochs_of_chain(w.office.db());
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].epoch == before);
  CHECK(spans[1].epoch == w.office.ledger().epoch());
  CHECK(server::fate_in(w.office.db(), early) == sync::HeadFate::held);
  CHECK(server::fate_in(w.office.db(), late) == sync::HeadFate::lost);
  std::vector<std::string> wrong;
  server::check_heads(w.office.db(), w.signer->public_key(), late, wrong);
  CHECK(wrong.empty());
  const audit_verify::Verdict verdict = verdict_on(
      w.exported(late), {.key = w.key(), .witnesses = {{late.epoch.text(), late.seq, hex(late.hash)}}});
  INFO(all(verdict.wrong));
  CHECK(verdict.wrong.empty());
  CHECK(verdict.notes.size() == 3);

  // And once more from the same backup: the epoch between has left no trace in this log, and is lost as a whole.
  w.office.edit(w.clerk,
                {update_op("case_file", w.one.case_id, {{"next_action_on", std::string("2026-12-03")}})});
  const sync::AuditHead between = w.keep();
  w.office.go_back(w.dir.path() / "one.db");
  CHECK(server::fate_in(w.office.db(), between) == sync::HeadFate::lost);
  CHECK(server::fate_in(w.office.db(), late) == sync::HeadFate::lost);
  CHECK(server::fate_in(w.office.db(), early) == sync::HeadFate::held);

  // What the backup held must still be there after a restore: behind that nobody rewrites.
  sync::AuditHead forged = early;
  forged.hash = std::string(32, 'x');
  CHECK(server::fate_in(w.office.db(), forged) == sync::HeadFate::rewritten);
}

TEST_CASE("another audit key is named in the log, and heads of the one before stay good") {
  Logged w;
  w.keep();
  auto next = std::make_shared<server::AuditSigner>(Logged::key_pem_of(*make_ed25519_key()));
  std::vector<std::string> wrong;
  server::check_heads(w.office.db(), next->public_key(), {}, wrong);
  CHECK(wrong.size() == 1);
  {
    server::Ledger::Work work(w.office.ledger());
    server::take_other_key(w.office.ledger(), {.staff_id = w.clerk, .role = schema::clerk}, *next);
    work.commit();
  }
  wrong.clear();
  server::check_heads(w.office.db(), next->public_key(), {}, wrong);
  CHECK(wrong.empty());
  w.signer = next;
  const audit_verify::Verdict verdict = verdict_on(w.exported(), {.key = w.key(), .witnesses = {}});
  INFO(all(verdict.wrong));
  CHECK(verdict.wrong.empty());
  CHECK(verdict.notes.size() == 1);
}
