// Devices and an office, driven by bytes: requests whose envelope is mostly right and whose edits are anything,
// office decisions between them, requests repeated, stale and cut. The real service and ledger answer, on a
// database in memory. Whatever comes, the server throws nothing but a Failure that it maps, answers what its own
// decoder reads, says the same to the same edit twice, and is whole at the end (verify_office).
#include <array>
#include <string>

#include "host/sqlite.h"
#include "schema/tables.h"
#include "schema/version.h"
#include "server/database.h"
#include "server/enrolment.h"
#include "server/sync_service.h"
#include "sync/limits.h"
#include "sync/verify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/chance.h"
#include "tests/support/rehearsal.h"

namespace relance::fuzz {
namespace {

constexpr std::size_t kStepsMax = 24;

sync::Op insert_op(std::string_view table, const Id& row,
                   std::initializer_list<std::pair<std::string_view, Value>> columns) {
  sync::Op op{.kind = sync::OpKind::insert, .table = &schema::table(table), .row = row, .changes = {}};
  for (const auto& [name, value] : columns)
    op.changes.push_back({schema::column(*op.table, name), Null{}, value});
  return op;
}

/// One office with two agents, a device each, and three cases: made once, and every input begins from it.
class Office {
 public:
  static Office& get() {
    static Office office;
    return office;
  }

  test::ManualClock clock;
  test::SeededRandom random{1};
  std::unique_ptr<sql::Connection> real =
      sql::open_sqlite(":memory:", {.mode = sql::SqliteOptions::Mode::create, .enforce_references = true});
  test::Rehearsal db{*real};
  Id system;
  std::array<Id, 2> agents, devices;
  std::vector<std::pair<const schema::Table*, Id>> rows;  // what edits may be about

 private:
  Office() {
    server::create_office(*real, clock, random, "Test");
    server::Ledger ledger(*real, clock, random);
    server::Ledger::Work work(ledger);
    system = server::system_staff(*real);
    const Id creditor = insert(ledger, "creditor", {{"name", std::string("Meunier SA")}});
    for (std::size_t i = 0; i < agents.size(); ++i) {
      agents[i] =
          insert(ledger, "staff", {{"name", "Agent " + std::to_string(i)}, {"role", std::string("agent")}});
      devices[i] = random.uuid();
      server::enter_device(ledger, devices[i], agents[i], "laptop", "active");
    }
    for (int i = 0; i < 3; ++i) {
      const Id debtor = insert(ledger, "debtor", {{"legal_name", "Client " + std::to_string(i)}});
      const Id one =
          insert(ledger, "case_file",
                 {{"number", "C-" + std::to_string(i)}, {"creditor_id", creditor}, {"debtor_id", debtor}});
      insert(ledger, "assignment",
             {{"case_id", one},
              {"staff_id", agents[i == 1 ? 1 : 0]},
              {"valid_from", std::string("2026-11-01")}});
    }
    work.commit();
  }

  Id insert(server::Ledger& ledger, std::string_view table,
            std::initializer_list<std::pair<std::string_view, Value>> columns) {
    const Id id = random.row_id(clock.now());
    const auto outcome = ledger.apply_office({.staff_id = system, .role = schema::office}, "test",
                                             {insert_op(table, id, columns)});
    RELANCE_ASSERT(outcome.status == sync::Status::applied);
    rows.emplace_back(&schema::table(table), id);
    return id;
  }
};

/// One input: a device's memory of what it was told, and the steps.
class Play {
 public:
  Play(Office& office, std::string_view bytes)
      : office_(office), input_(bytes), clock_(office.clock), random_(office.random), rows_(office.rows) {}

  void run() {
    const test::Rehearsal::Case undone(office_.db);
    for (std::size_t step = 0; step < kStepsMax && !input_.is_empty(); ++step) one_step();
    for (const std::string& wrong : server::verify_office(office_.db)) {
      std::fprintf(stderr, "verify_office: %s\n", wrong.c_str());
      RELANCE_ASSERT(wrong.empty());
    }
  }

 private:
  struct Memory {
    std::optional<Id> resume, nonce;
    sync::Cursor cursor;
    std::int64_t next = 1, acked = 0;
    std::string last_body;
    std::vector<sync::Outcome> last_outcomes;
  };

  void one_step() {
    device_ = input_.below(2);
    switch (input_.below(12)) {
      case 0: return office_step();
      case 1: return clock_.advance(static_cast<Ms>(input_.byte()) * 600'000 - 3'600'000);
      case 2: return repeat();
      case 3: return raw("/v1/sync", input_.take(input_.byte()));
      case 4: return rescue();
      case 5: return static_cast<void>(answered(service_.wiped(id())));
      case 6: return verify();
      default: return sync();
    }
  }

  [[nodiscard]] const Id& id() const { return office_.devices[device_]; }

  // ---- what comes back -------------------------------------------------------------------------------------------

  const server::ServiceAnswer& answered(const server::ServiceAnswer& answer) {
    RELANCE_ASSERT(answer.status >= 200 && answer.status < 500);
    RELANCE_ASSERT(answer.status < 400 || !sync::problem_code(answer.body).empty());
    return answer;
  }

  void raw(std::string_view path, std::string_view body) {
    answered(path == "/v1/sync" ? service_.sync(id(), body) : service_.rescue(id(), body));
  }

  void sync() {
    Memory& m = memory_[device_];
    sync::Request request = envelope(m);
    std::string mutations;
    for (std::size_t i = 0, count = input_.below(4); i < count; ++i)
      sync::append_mutation(mutations, mutation(m));
    m.last_body = sync::encode_request(request, mutations);
    m.last_outcomes.clear();
    take(m, answered(service_.sync(id(), m.last_body)));
  }

  void take(Memory& m, const server::ServiceAnswer& raw_answer) {
    if (raw_answer.status != 200) {
      const auto parsed = sync::parse_json(raw_answer.body);
      m.nonce = sync::id_member(parsed->get_object(), "nonce");
      return;
    }
    const auto answer = sync::Answer::decode(raw_answer.body);
    RELANCE_ASSERT(answer.has_value());
    for (const sync::RowBlock& block : answer->rows)
      RELANCE_ASSERT(sync::Answer::for_each_row(block, [](const Row&) {}));
    m.nonce.reset();
    if (answer->head.resume) m.resume = answer->head.resume;
    m.cursor = answer->head.cursor;
    m.last_outcomes = answer->head.outcomes;
    for (const sync::Outcome& outcome : answer->head.outcomes) {
      m.next = std::max(m.next, outcome.n + 1);
      m.acked = std::max(m.acked, input_.below(2) == 0 ? outcome.n : m.acked);
    }
  }

  // The answer was lost: the same request again brings the same verdicts (an applied edit is then `merged`: its row
  // may be another by now), or the device is asked who it is.
  void repeat() {
    const Memory& m = memory_[device_];
    if (m.last_body.empty()) return;
    const server::ServiceAnswer again = answered(service_.sync(id(), m.last_body));
    const auto answer = again.status == 200 ? sync::Answer::decode(again.body) : std::nullopt;
    if (!answer) return;
    for (const sync::Outcome& before : m.last_outcomes)
      for (const sync::Outcome& after : answer->head.outcomes)
        if (after.n == before.n) {
          const bool is_same =
              after.status == before.status || after.status == sync::Status::duplicate ||
              (before.status == sync::Status::applied && after.status == sync::Status::merged);
          RELANCE_ASSERT(is_same || before.status == sync::Status::duplicate);
        }
  }

  // ---- what is sent ----------------------------------------------------------------------------------------------

  sync::Request envelope(const Memory& m) {
    sync::Request r{.protocol = sync::kProtocol,
                    .schema = schema::kVersion,
                    .epoch = ledger_.epoch(),
                    .resume = m.resume,
                    .nonce = m.nonce,
                    .cursor = m.cursor};
    r.acked = m.acked;
    r.whole = true;
    const std::size_t odd =
        input_.byte();  // bits of what is wrong; 0, the most frequent, is an honest device
    if ((odd & 1) != 0) r.whole = false;
    if ((odd & 2) != 0) r.bootstrap = input_.below(3) == 0 ? number() : 0;
    if ((odd & 4) != 0) r.cursor = {number(), number()};
    if ((odd & 24) == 24) r.resume = input_.below(2) == 0 ? std::nullopt : std::optional(random_.uuid());
    if ((odd & 32) != 0) r.acked = number();
    if ((odd & 192) == 192) r.oldest_kept = number();
    if ((odd & 192) == 128) r.pending = number();
    if ((odd & 255) == 64) r.two_machines = true;
    return r;
  }

  std::int64_t number() {
    static constexpr std::array<std::int64_t, 8> kNumbers{
        0, 1, 2, 7, 300, sync::kNumberMax - 1, sync::kNumberMax, -1};
    return kNumbers[input_.below(kNumbers.size())];
  }

  sync::Mutation mutation(Memory& m) {
    const std::size_t odd = input_.byte();
    sync::Mutation out{
        .n = m.next++, .at = clock_.now(), .seen = {ledger_.epoch(), m.cursor.agent}, .intent = "test"};
    if (odd == 1) out.n += static_cast<std::int64_t>(input_.byte()) - 8;
    if (odd == 2) out.at = number();
    if (odd == 3) out.seen = {random_.uuid(), number()};
    if (odd == 4) {
      out.voided = input_.below(2) == 0 ? "refused" : "erased";
      out.voided_hash = {std::string(input_.take(input_.below(40)))};
      return out;
    }
    for (std::size_t i = 0, count = 1 + input_.below(3); i < count; ++i) out.ops.push_back(op());
    return out;
  }

  sync::Op op() {
    const std::size_t kind = input_.byte();
    const auto& [known_table, known_row] = rows_[input_.byte() % rows_.size()];
    if (kind % 2 == 0) {
      sync::Op out{.kind = sync::OpKind::update, .table = known_table, .row = known_row, .changes = {}};
      for (std::size_t i = 0, count = 1 + input_.below(3); i < count; ++i) change(out);
      return out;
    }
    const auto tables = schema::business_tables();
    sync::Op out{.kind = sync::OpKind::insert,
                 .table = &tables[input_.byte() % tables.size()],
                 .row = random_.row_id(clock_.now()),
                 .changes = {}};
    if (kind % 16 == 15) out.row = known_row;
    for (std::size_t i = 0; i < out.table->columns.size(); ++i) {
      const schema::Column& column = out.table->columns[i];
      const bool is_given = column.required || !column.references.empty() || input_.below(4) == 0;
      const bool is_stamp = i < schema::kStampColumns;
      if (is_given && (!is_stamp || input_.byte() == 7)) out.changes.push_back({i, Null{}, value(column)});
    }
    rows_.emplace_back(out.table, out.row);
    return out;
  }

  void change(sync::Op& op) {
    const std::size_t at = input_.byte() % op.table->columns.size();
    if (op.find(at) != nullptr) return;
    const schema::Column& column = op.table->columns[at];
    sync::Change out{at, Null{}, value(column)};
    // mostly what the row holds now: an edit that nobody else has crossed
    const std::size_t seen = input_.below(4);
    if (seen == 3)
      out.before = value(column);
    else if (const auto row = server::load_row(office_.db, *op.table, op.row))
      out.before = (*row)[at];
    op.changes.push_back(std::move(out));
  }

  Value value(const schema::Column& column) {
    const std::size_t how = input_.byte();
    if (how == 255) return Null{};
    switch (column.type) {
      case schema::Type::id: return how == 254 ? random_.uuid() : referenced(column, how);
      case schema::Type::flag: return static_cast<std::int64_t>(how == 254 ? 2 : how % 2);
      case schema::Type::integer:
      case schema::Type::cents:
      case schema::Type::instant:
        return how >= 250 ? INT64_MAX - static_cast<std::int64_t>(how) : static_cast<std::int64_t>(how) * 100;
      case schema::Type::date:
        return std::string(how == 254 ? "2026-02-30" : how % 2 == 0 ? "2026-11-30" : "2027-01-15");
      case schema::Type::word:
        if (column.words.empty() || how == 254) return std::string("no word");
        return std::string(column.words[how % column.words.size()]);
      case schema::Type::set: return std::string(how % 3 == 0 ? "" : how % 3 == 1 ? "vip" : "visit vip");
      case schema::Type::bytes: return Bytes{std::string(input_.take(how % 40))};
      case schema::Type::text: break;
    }
    return how == 254 ? std::string(70'000, 'a') : std::string(input_.take(how % 24));
  }

  Value referenced(const schema::Column& column, std::size_t how) {
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const auto& [table, row] = rows_[(i + how) % rows_.size()];
      if (column.references.empty() || table->name == column.references) return row;
    }
    return random_.uuid();
  }

  // ---- the others --------------------------------------------------------------------------------------------------

  void rescue() {
    std::string mutations;
    Memory m = memory_[device_];
    for (std::size_t i = 0, count = input_.below(4); i < count; ++i)
      sync::append_mutation(mutations, mutation(m));
    const std::string body =
        "{\"staff_id\":\"" + office_.agents[device_].text() + "\",\"mutations\":[" + mutations + "]}";
    const Id stranger = random_.uuid();
    answered(input_.below(2) == 0 ? service_.rescue(id(), body) : service_.rescue(stranger, body));
  }

  void verify() {
    const Memory& m = memory_[device_];
    const auto answer = answered(
        service_.verify(id(), sync::encode_verify_request(ledger_.epoch(), schema::kVersion, m.cursor, {})));
    if (answer.status == 200) RELANCE_ASSERT(sync::decode_verify_answer(answer.body).has_value());
  }

  void office_step() {
    const std::size_t what = input_.below(4);
    const auto failed = failure_of([&] {
      committer_.commit([&](server::Ledger& ledger) {
        if (what == 3) return quarantined(ledger);
        const server::Author by{.staff_id = office_.system, .role = schema::office};
        sync::Op one = what == 0 ? insert_of("assignment") : what == 1 ? state_of_device() : op();
        static_cast<void>(ledger.apply_office(by, "test", {std::move(one)}));
      });
    });
    RELANCE_ASSERT(!failed);
  }

  void quarantined(server::Ledger& ledger) {
    const auto device = server::find_device(ledger.db(), id());
    if (device) static_cast<void>(server::Intake(ledger).apply_quarantined(*device));
  }

  sync::Op insert_of(std::string_view table) {
    const Id case_id = std::get<Id>(referenced({.name = "", .references = "case_file"}, input_.byte()));
    return insert_op(table, random_.row_id(clock_.now()),
                     {{"case_id", case_id},
                      {"staff_id", office_.agents[input_.below(2)]},
                      {"valid_from", std::string("2026-11-02")}});
  }

  sync::Op state_of_device() {
    const schema::Table& t = schema::table("device");
    const std::size_t column = schema::column(t, "state");
    sync::Op out{.kind = sync::OpKind::update, .table = &t, .row = id(), .changes = {}};
    const auto row = server::load_row(office_.db, t, id());
    const auto words = t.columns[column].words;
    out.changes.push_back(
        {column, row ? (*row)[column] : Value{}, std::string(words[input_.below(words.size())])});
    return out;
  }

  Office& office_;
  Input input_;
  test::ManualClock clock_;
  test::SeededRandom random_;
  std::vector<std::pair<const schema::Table*, Id>> rows_;
  server::Ledger ledger_{office_.db, clock_, random_};
  server::DirectCommitter committer_{ledger_};
  server::DirectReader reader_{office_.db};
  server::SyncService service_{committer_, reader_, clock_};
  std::array<Memory, 2> memory_;
  std::size_t device_ = 0;
};

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(exchange, bytes) { relance::fuzz::Play(relance::fuzz::Office::get(), bytes).run(); }
