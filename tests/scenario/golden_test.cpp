// The golden files of every version from the first on: each is opened, upgraded, verified, synced and answered by this
// build. The same stories run at the schema's next version too (target skew_tests).
#include <boost/json.hpp>
#include <map>
#include <set>

#include "host/sqlite.h"
#include "schema/ddl.h"
#include "schema/version.h"
#include "server/database.h"
#include "tests/support/edits.h"
#include "tests/support/golden.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

namespace json = boost::json;

std::vector<std::filesystem::path> golden_folders() {
  std::vector<std::filesystem::path> out;
  for (int version = 1; version <= schema::kVersion; ++version) {
    const auto folder =
        std::filesystem::path(RELANCE_SOURCE_DIR) / "tests/data/golden" / ("v" + std::to_string(version));
    if (std::filesystem::exists(folder)) out.push_back(folder);
  }
  REQUIRE_FALSE(out.empty());
  return out;
}

/// The golden office as this build opens it, at the hour at which it was put away.
struct Opened {
  explicit Opened(const std::filesystem::path& from)
      : folder(from),
        golden(read_golden(from)),
        clock(at(golden.now)),
        office(Existing{}, unpack(folder, kGoldenOffice, dir.path()), clock, random) {}

  static ManualClock at(Ms now) {
    ManualClock clock;
    clock.set(now);
    return clock;
  }
  std::unique_ptr<TestDevice> open(const Golden::KeptReplica& kept) {
    if (kept.is_keyed && !sql::engine_encrypts()) return nullptr;
    const auto key = kept.is_keyed ? std::optional<std::string>(kGoldenKey) : std::nullopt;
    return std::make_unique<TestDevice>(Existing{}, unpack(folder, kept.name, dir.path()), office, clock,
                                        random, key);
  }

  TempDir dir;
  std::filesystem::path folder;
  Golden golden;
  ManualClock clock;
  SeededRandom random{23};
  TestOffice office;
};

/// Every row of a replica or an office, in the columns that schema `version` has.
std::map<std::pair<int, Id>, Row> rows_of(sql::Connection& db, schema::Side side, int version) {
  std::map<std::pair<int, Id>, Row> out;
  for (const schema::Table& t : schema::business_tables()) {
    if (t.since > version || !schema::is_on(t, side)) continue;
    std::string names = "id";
    for (const schema::Column& c : t.columns)
      if (c.name != "id" && c.since <= version && schema::is_on(t, c, side))
        names += ", " + std::string(c.name);
    sql::Query q(db, "SELECT " + names + " FROM " + std::string(t.name));
    while (q.next()) {
      Row& row = out[{t.number, q.id(0)}];
      for (int i = 0; i < q.column_count(); ++i) row.push_back(q.value(i));
    }
  }
  return out;
}

struct Kept {
  std::string status, ops, hash;
  friend bool operator==(const Kept&, const Kept&) = default;
};
std::map<std::int64_t, Kept> outbox_of(TestDevice& device) {
  std::map<std::int64_t, Kept> out;
  sql::Query q(device.db(), "SELECT n, status, ops, hash FROM outbox");
  while (q.next()) out[q.integer(0)] = {q.text(1), q.text(2), q.text(3)};
  return out;
}

// The second arrival of an edit that was applied is told `merged`: its values may be old by then.
std::string fate(std::string status) { return status == "applied" ? "merged" : status; }

// ---- answers, compared ---------------------------------------------------------------------------------------

bool made_by_chance(std::string_view table) { return table == "conflict" || table == "conflict_side"; }

/// What an answer says that does not depend on chance: tokens, ids of conflicts, certificates.
json::object gist(const std::string& body) {
  json::object out = json::parse(body).as_object();
  for (const char* chance : {"resume", "certificate", "device_id"}) out.erase(chance);
  if (json::array* outcomes = out.contains("outcomes") ? &out["outcomes"].as_array() : nullptr)
    for (json::value& one : *outcomes)
      if (one.as_object().contains("conflicts"))
        one.as_object()["conflicts"] = one.at("conflicts").as_array().size();
  if (json::array* blocks = out.contains("rows") ? &out["rows"].as_array() : nullptr)
    for (json::value& block : *blocks) {
      // A set: rows of one commit come in the order of their ids.
      std::multiset<std::string> rows;
      for (const json::value& row : block.at("values").as_array()) rows.insert(json::serialize(row));
      if (made_by_chance(block.at("table").as_string()))
        block.as_object()["values"] = rows.size();
      else
        block.as_object()["values"] = json::array(rows.begin(), rows.end());
    }
  return out;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a golden office opens, is upgraded, verifies, and has every row that it had") {
  for (const auto& folder : golden_folders()) {
    INFO(folder);
    TempDir dir;
    const auto file = unpack(folder, kGoldenOffice, dir.path());
    const Golden golden = read_golden(folder);
    std::map<std::pair<int, Id>, Row> before;
    {
      const auto db = sql::open_sqlite(file, {.enforce_references = true});
      REQUIRE(server::schema_of(*db) == golden.version);
      CHECK(server::verify_office(*db).empty());
      before = rows_of(*db, schema::Side::server, golden.version);
    }
    Opened w(folder);
    CHECK(server::schema_of(w.office.db()) == schema::kVersion);
    CHECK_NOTHROW(server::require_schema(w.office.db()));
    CHECK(server::verify_office(w.office.db()).empty());
    CHECK(before.size() > 40);
    CHECK(rows_of(w.office.db(), schema::Side::server, golden.version) == before);
  }
}

TEST_CASE("a golden replica opens, is upgraded, shows what it showed, and every edit of it meets its fate") {
  for (const auto& folder : golden_folders()) {
    Opened w(folder);
    for (const Golden::KeptReplica& kept : w.golden.replicas) {
      INFO(folder << " " << kept.name);
      const auto device = w.open(kept);
      if (device == nullptr) continue;  // an engine that does not encrypt
      CHECK(device->replica().version() == w.golden.version);
      const auto rows = rows_of(device->db(), schema::Side::client, w.golden.version);
      const auto outbox = outbox_of(*device);
      const bool is_reading_first = device->replica().standing() == client::Standing::bootstrapping;
      device->upgrade();
      CHECK(device->replica().version() == schema::kVersion);
      CHECK(outbox_of(*device) == outbox);
      if (!is_reading_first) CHECK(rows_of(device->db(), schema::Side::client, w.golden.version) == rows);

      w.clock.advance(1'000);
      device->sync();
      for (const Golden::Fate& expected : kept.fates) {
        INFO("edit " << expected.n);
        CHECK(fate(device->status_of(expected.n)) == fate(expected.status));
        CHECK(device->reason_of(expected.n) == expected.reason);
      }
      for (const auto& [n, edit] : outbox_of(*device)) {
        INFO("edit " << n);
        CHECK(edit.ops == outbox.at(n).ops);
        if (outbox.at(n).status != "pending") CHECK(edit.status == outbox.at(n).status);
      }
      CHECK(device->replica().facts().pending == 0);
      CHECK(device->replica().standing() == client::Standing::ready);
      CHECK(device->differing_buckets() == 0);
    }
    CHECK(server::verify_office(w.office.db()).empty());
    CHECK(w.office.count("SELECT count(*) FROM contact_event") == 4);
  }
}

TEST_CASE("golden requests get the answers that they got") {
  for (const auto& folder : golden_folders()) {
    Opened w(folder);
    ApiOffice api(w.office, w.clock, w.golden);
    std::map<std::string, std::string> tokens;  // recorded -> offered now
    int place = 0;
    for (const Golden::Exchange& said : w.golden.dialogue) {
      INFO(folder << " exchange " << ++place << " " << said.path);
      w.clock.set(said.at);
      std::string request = said.request;
      for (const auto& [recorded, now] : tokens) replace_all(request, recorded, now);
      const client::WireAnswer answer = api.ask(said.device, said.path, request);
      CHECK(answer.status == said.status);
      // Buckets hold the ids of conflicts, which are made by chance; what an old replica and this office say of each
      // other is compared in skew_tests.
      if (said.path == "/v1/verify") continue;
      CHECK(gist(answer.body) == gist(said.answer));
      const json::value recorded = json::parse(said.answer), now = json::parse(answer.body);
      if (recorded.as_object().contains("resume"))
        tokens[std::string(recorded.at("resume").as_string())] = std::string(now.at("resume").as_string());
    }
    CHECK(place > 8);
    CHECK(server::verify_office(w.office.db()).empty());
  }
}
