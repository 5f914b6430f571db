#include "tests/disk/scene.h"

#include <algorithm>

#include "host/failure.h"
#include "host/sqlite.h"
#include "server/backup.h"
#include "server/database.h"
#include "server/fec_import.h"
#include "server/rows.h"

namespace relance::disktest {
namespace {

constexpr Ms kStepMs = 1'000;  // between two things that people do
constexpr std::string_view kOfficeFile = "office.db", kReplicaFile = "replica.db";
// The certificate, which says "enrolled"; files like it are written by host/files, which is proven elsewhere.
constexpr std::string_view kEnrolledMark = "device.crt";

// The value of an edit's own words: what it inserts, and of an update only what changes.
std::string words_of(const std::vector<sync::Op>& ops) {
  std::string out;
  for (const sync::Op& op : ops) {
    out += std::string(op.table->name) + op.row.text();
    for (const sync::Change& change : op.changes) {
      if (op.kind == sync::OpKind::update && change.before == change.after) continue;
      out += "|" + std::string(op.table->columns[change.column].name) + "=";
      sync::append_canonical(out, change.after);
    }
  }
  return out;
}

}  // namespace

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw Broken(otherwise);
}

Id named(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return test::SeededRandom(hash).row_id(test::ManualClock().now());
}

// ---- processes -----------------------------------------------------------------------------------------------------

// As the server's own pool: a connection that threw is not used again.
class OfficeProcess::Readers final : public server::Readers {
 public:
  explicit Readers(server::CommitQueue::Open open) : open_(std::move(open)) {}
  void read(const std::function<void(sql::Connection&)>& work) override {
    auto mine = idle_ ? std::move(idle_) : open_();
    work(*mine);
    idle_ = std::move(mine);
  }

 private:
  server::CommitQueue::Open open_;
  std::unique_ptr<sql::Connection> idle_;
};

namespace {

std::unique_ptr<sql::Connection> open_on(Disk& disk, const SceneOptions& options, const Disk::Path& file,
                                         bool is_office, sql::SqliteOptions::Mode mode) {
  auto db = sql::open_sqlite(file, {.mode = mode,
                                    .key = options.keyed ? std::optional(std::string(32, 'k')) : std::nullopt,
                                    .enforce_references = is_office,
                                    .cache_kib = 2048,
                                    .vfs = disk.name()});
  if (options.careless && mode != sql::SqliteOptions::Mode::read_only)
    db->execute("PRAGMA synchronous = OFF");
  return db;
}

}  // namespace

OfficeProcess::OfficeProcess(Disk& disk, const SceneOptions& options, const Clock& clock, Random& random)
    : open_([&disk, &options] {
        auto db =
            open_on(disk, options, Disk::Path(kOffice) / kOfficeFile, true, sql::SqliteOptions::Mode::open);
        server::require_schema(*db);
        return db;
      }),
      clock_(clock),
      random_(random) {
  if (options.queued) {
    committer_ = std::make_unique<server::CommitQueue>(open_, clock, random);
    readers_ = std::make_unique<Readers>([&disk, &options] {
      return open_on(disk, options, Disk::Path(kOffice) / kOfficeFile, true,
                     sql::SqliteOptions::Mode::read_only);
    });
  } else {
    db_ = open_();
    ledger_ = std::make_unique<server::Ledger>(*db_, clock, random);
    committer_ = std::make_unique<server::DirectCommitter>(*ledger_);
    readers_ = std::make_unique<server::DirectReader>(*db_);
  }
  service_ = std::make_unique<server::SyncService>(*committer_, *readers_, clock, options.page_bytes);
}

void OfficeProcess::command(const std::function<void(server::Ledger&)>& work) {
  if (ledger_) return work(*ledger_);
  const auto db = open_();
  server::Ledger ledger(*db, clock_, random_);
  work(ledger);
}

client::WireAnswer OfficeProcess::answer(const Id& device, const client::WireRequest& request) {
  server::ServiceAnswer answer;
  try {
    if (request.path == "/v1/sync")
      answer = service_->sync(device, request.body);
    else if (request.path == "/v1/device")
      answer = service_->device(device);
    else if (request.path == "/v1/rescue")
      answer = service_->rescue(device, request.body);
    else
      answer = service_->verify(device, request.body);
  } catch (const Failure& failure) {
    // as server/api.cpp: the device keeps all and comes back
    const bool of_disk =
        failure.code() == Code::busy || failure.code() == Code::io || failure.code() == Code::disk_full;
    answer = server::problem(of_disk ? Code::overload : failure.code());
  }
  return {.status = answer.status, .body = answer.body, .retry_after_s = answer.retry_after_s};
}

Scene::Scene(const SceneOptions& options)
    : options_(options), disk_(options.seed), random_(std::make_unique<test::SeededRandom>(options.seed)) {}

Scene::~Scene() { close_all(); }

std::unique_ptr<sql::Connection> Scene::open_file(const Disk::Path& file, bool office, bool create) {
  return open_on(disk_, options_, file, office,
                 create ? sql::SqliteOptions::Mode::create : sql::SqliteOptions::Mode::open);
}

OfficeProcess& Scene::office() {
  if (!office_) office_ = std::make_unique<OfficeProcess>(disk_, options_, clock_, *random_);
  return *office_;
}

DeviceProcess& Scene::device(const std::string& name) {
  std::unique_ptr<DeviceProcess>& open = open_devices_[name];
  if (!open) {
    auto db = open_file(Disk::Path(name) / kReplicaFile, false, false);
    sql::Connection& at = *db;
    open.reset(new DeviceProcess{std::move(db), client::Replica(at, clock_, *random_)});
  }
  return *open;
}

void Scene::close_device(const std::string& device) { open_devices_.erase(device); }
void Scene::close_office() { office_.reset(); }
void Scene::close_all() {
  open_devices_.clear();
  office_.reset();
}

std::vector<std::string> Scene::devices() const {
  std::vector<std::string> out;
  for (const auto& [folder, saved] : disk_.save_all())
    if (disk_.exists(folder / kEnrolledMark)) out.push_back(folder.string());
  return out;
}

Scene::Saved Scene::save() const { return {disk_.save_all(), witness, clock_.now()}; }

void Scene::restore_saved(const Saved& saved, std::uint64_t seed) {
  close_all();
  disk_.restore_all(saved.disk);
  witness = saved.witness;
  clock_.set(saved.now);
  *random_ = test::SeededRandom(seed);
}

void Scene::crash(const std::string& machine, Disk::Loss loss, test::SeededRandom& random) {
  disk_.crash(machine, loss, random);
  close_all();
}

// ---- promises ------------------------------------------------------------------------------------------------------

Witness::Edits Scene::outbox_of(sql::Connection& db) const {
  Witness::Edits out;
  sql::Query q(db, "SELECT intent, ops FROM outbox ORDER BY n");
  while (q.next()) {
    const auto ops = sync::decode_ops(q.view(1));
    require(ops.has_value(), "an edit in the outbox cannot be read");
    out.emplace_back(q.text(0), words_of(*ops));
  }
  return out;
}

void Scene::promise(const std::string& name, Witness::Edits becomes, const std::function<void()>& act) {
  Witness::Device& promised = witness.devices[name];
  promised.attempted = std::move(becomes);
  act();
  promised.edits = *promised.attempted;
  promised.attempted.reset();
}

void Scene::promise_office(const std::string& intent, const std::function<void()>& act) {
  witness.office_attempted = witness.office;
  witness.office_attempted->push_back(intent);
  act();
  witness.office = *witness.office_attempted;
  witness.office_attempted.reset();
}

// ---- on a device ---------------------------------------------------------------------------------------------------

namespace {

std::int64_t number_of_edit(const std::variant<std::int64_t, client::EditRefusal>& result) {
  if (const auto* refusal = std::get_if<client::EditRefusal>(&result))
    throw Broken("an edit was refused: " + refusal->code + " " + refusal->where);
  return std::get<std::int64_t>(result);
}
void require_done(const std::optional<client::EditRefusal>& refusal) {
  if (refusal) throw Broken("an edit was refused: " + refusal->code + " " + refusal->where);
}

}  // namespace

std::optional<std::int64_t> Scene::find_edit(const std::string& name, const std::string& intent) {
  return sql::number(*device(name).db, "SELECT n FROM outbox WHERE intent = ?1 ORDER BY n LIMIT 1", intent);
}

void Scene::edit(const std::string& name, const std::string& intent, std::vector<sync::Op> ops) {
  clock_.advance(kStepMs);
  if (find_edit(name, intent)) return;
  Witness::Edits becomes = witness.devices[name].edits;
  becomes.emplace_back(intent, words_of(ops));
  promise(name, std::move(becomes),
          [&] { static_cast<void>(number_of_edit(device(name).replica.edit(intent, std::move(ops)))); });
}

void Scene::undo(const std::string& name, const std::string& intent) {
  const auto n = find_edit(name, intent);
  if (!n) return;
  Witness::Edits becomes = witness.devices[name].edits;
  becomes.erase(
      std::find_if(becomes.begin(), becomes.end(), [&](const auto& e) { return e.first == intent; }));
  promise(name, std::move(becomes), [&] { require_done(device(name).replica.undo(*n)); });
}

void Scene::amend(const std::string& name, const std::string& intent, std::vector<sync::Op> ops) {
  const auto n = find_edit(name, intent);
  require(n.has_value(), "there is no edit to amend");
  Witness::Edits becomes = witness.devices[name].edits;
  const std::string words = words_of(ops);
  for (auto& [each, its] : becomes)
    if (each == intent) its = words;
  if (becomes == witness.devices[name].edits) return;
  promise(name, std::move(becomes), [&] { require_done(device(name).replica.amend(*n, std::move(ops))); });
}

void Scene::resend(const std::string& name, const std::string& intent, std::vector<sync::Op> ops) {
  const auto n =
      sql::number(*device(name).db, "SELECT n FROM outbox WHERE intent = ?1 AND status = 'refused'", intent);
  if (!n) return;
  Witness::Edits becomes = witness.devices[name].edits;
  becomes.emplace_back(intent, words_of(ops));
  promise(name, std::move(becomes),
          [&] { static_cast<void>(number_of_edit(device(name).replica.resend(*n, std::move(ops)))); });
}

void Scene::discard(const std::string& name, const std::string& intent) {
  const auto n =
      sql::number(*device(name).db, "SELECT n FROM outbox WHERE intent = ?1 AND status = 'refused'", intent);
  if (n) require_done(device(name).replica.discard(*n));
}

client::WireAnswer Scene::deliver(const std::string& name, const client::WireRequest& request) {
  const client::WireAnswer answer = office().answer(device(name).replica.identity().device_id, request);
  note_outcomes(name, request, answer);
  return answer;
}

// What an answer says is a promise of the office's, whether or not it arrives.
void Scene::note_outcomes(const std::string& name, const client::WireRequest& request,
                          const client::WireAnswer& answer) {
  if (request.path != "/v1/sync" || answer.status != 200) return;
  const auto decoded = sync::Answer::decode(answer.body);
  require(decoded.has_value(), "the office's answer cannot be read");
  for (const sync::Outcome& outcome : decoded->head.outcomes)
    witness.devices[name].at_office.push_back(outcome.n);
}

client::SyncReport Scene::sync(const std::string& name) {
  clock_.advance(kStepMs);
  client::Session session(device(name).replica);
  while (const auto request = session.next()) session.take(deliver(name, *request));
  witness.devices[name].acked = std::stoll("0" + sql::get_meta(*device(name).db, "acked").value_or(""));
  return session.report();
}

void Scene::lose_answer(const std::string& name) {
  clock_.advance(kStepMs);
  client::Session session(device(name).replica);
  static_cast<void>(deliver(name, *session.next()));
}

void Scene::bootstrap(const std::string& name) { device(name).replica.start_bootstrap(); }

void Scene::damage(const std::string& name, std::string_view text) { device(name).db->execute(text); }

void Scene::verify(const std::string& name) {
  const client::WireAnswer answer = deliver(name, {"/v1/verify", device(name).replica.verify_body()});
  if (answer.status != 200) throw client::failure_of(answer);
  const auto decoded = sync::decode_verify_answer(answer.body);
  require(decoded.has_value(), "the answer to verify cannot be read");
  static_cast<void>(device(name).replica.repair(*decoded));
}

std::string Scene::at_device(const std::string& name, std::string_view text) {
  return sql::text(*device(name).db, text).value_or("");
}

std::optional<Id> Scene::open_conflict(const std::string& name) {
  return sql::id(*device(name).db, "SELECT id FROM conflict WHERE state = 'open'");
}

sync::Op Scene::call(const std::string& name, std::string_view case_file) const {
  return test::insert_op("contact_event", named(name),
                         {{"case_id", named(case_file)},
                          {"happened_at", test::ManualClock().now()},
                          {"outcome", std::string("reached")},
                          {"note", "appel " + name}});
}

namespace {

// As the office's backup does: what does not verify is no backup.
void require_whole(sql::Connection& copy) {
  if (!server::verify_office(copy).empty()) throw Failure(Code::bad_file, "the backup does not verify");
}

}  // namespace

// ---- at the office -------------------------------------------------------------------------------------------------

void Scene::command(const std::function<void(server::Ledger&)>& work) { office().command(work); }

void Scene::office_edit(const std::string& intent, std::string_view staff, schema::Writers role,
                        std::vector<sync::Op> ops) {
  clock_.advance(kStepMs);
  command([&](server::Ledger& ledger) {
    if (sql::number(ledger.db(), "SELECT 1 FROM mutation_log WHERE intent = ?1", intent)) return;
    for (sync::Op& op : ops) {
      const auto row = server::load_row(ledger.db(), *op.table, op.row);
      for (sync::Change& change : op.changes)
        if (row && op.kind == sync::OpKind::update) change.before = (*row)[change.column];
    }
    const Id author = staff == "system" ? server::system_staff(ledger.db()) : named(staff);
    promise_office(intent, [&] {
      server::Ledger::Work work(ledger);
      const auto outcome = ledger.apply_office({.staff_id = author, .role = role}, intent, std::move(ops));
      require(outcome.status == sync::Status::applied,
              "the office's edit was not applied: " + outcome.reason);
      work.commit();
    });
  });
}

void Scene::assign(const std::string& intent, std::string_view case_file, std::string_view staff) {
  office_edit(intent, "system", schema::office,
              {test::insert_op("assignment", named(intent),
                               {{"case_id", named(case_file)},
                                {"staff_id", named(staff)},
                                {"valid_from", std::string("2026-11-01")}})});
}

void Scene::unassign(const std::string& intent, std::string_view case_file, std::string_view staff) {
  std::optional<Id> open;
  command([&](server::Ledger& ledger) {
    open = sql::id(ledger.db(),
                   "SELECT id FROM assignment WHERE case_id = ?1 AND staff_id = ?2 AND valid_to IS NULL",
                   named(case_file), named(staff));
  });
  if (open)
    office_edit(intent, "system", schema::office,
                {test::update_op("assignment", *open, {{"valid_to", std::string("2026-11-20")}})});
}

void Scene::import(const std::string& fec, std::int64_t lines) {
  clock_.advance(kStepMs);
  command([&](server::Ledger& ledger) {
    server::DirectCommitter committer(ledger);
    server::FecImportOptions options{.creditor = "Ferme du Pont"};
    options.author = {.staff_id = server::system_staff(ledger.db()), .role = schema::office};
    options.today = "2026-11-21";
    witness.entries_attempted = lines;
    static_cast<void>(server::import_fec(committer, {.file = read_fec(fec), .hash = sha256(fec)}, options));
    witness.entries = lines;
    witness.entries_attempted.reset();
  });
}

void Scene::back_up() {
  if (witness.backup_counts) return;
  clock_.advance(kStepMs);
  const Disk::Path file = Disk::Path(kOffice) / "backup.db";
  // what an interrupted backup left is no backup: whoever makes the next takes it away
  for (const char* suffix : {"", "-wal", "-journal"}) disk_.remove(file.string() + suffix);
  command([&](server::Ledger& ledger) {
    sql::copy_sqlite(ledger.db(), file, key());
    server::BackupReach reach;
    {
      const auto copy = open_file(file, true, false);
      require_whole(*copy);
      reach = server::reach_of(*copy);
      sql::checkpoint_sqlite(*copy);
    }
    if (disk_.is_dead(kOffice)) throw Failure(Code::io, "the machine is gone");
    disk_.sync_names(kOffice);
    server::count_backup(ledger, reach, "backup.db");
    witness.backup_counts = true;
    witness.office_at_backup = witness.office;
    witness.entries_at_backup = witness.entries;
  });
}

void Scene::restore() {
  clock_.advance(kStepMs);
  std::string epoch;
  command([&](server::Ledger& ledger) { epoch = ledger.epoch().text(); });
  if (epoch != witness.epoch) return;
  close_office();
  const Disk::Path office = Disk::Path(kOffice), making = office / "restored.db", live = office / kOfficeFile;
  for (const char* suffix : {"", "-wal"}) disk_.remove(making.string() + suffix);
  disk_.copy(office / "backup.db", making);
  {
    const auto db = open_file(making, true, false);
    require_whole(*db);
    server::Ledger ledger(*db, clock_, *random_);
    server::enter_new_epoch(ledger, "backup.db");
    require(sql::checkpoint_sqlite(*db), "the restored database was in use");
  }
  if (disk_.is_dead(kOffice)) throw Failure(Code::io, "the machine is gone");
  disk_.rename(live, office / "before-restore.db");
  disk_.remove(live.string() + "-wal");
  disk_.remove(making.string() + "-wal");
  disk_.rename(making, live);
  witness.office = witness.office_at_backup;
  witness.entries = witness.entries_at_backup;
  for (auto& [name, promised] : witness.devices) promised.at_office.clear();
}

void Scene::prune(std::string_view staff) {
  command([&](server::Ledger& ledger) {
    server::Ledger::Work work(ledger);
    server::prune_feed(ledger.db(), named(staff), server::feed_head(ledger.db(), named(staff)));
    work.commit();
  });
}

void Scene::enrol(const std::string& name, std::string_view staff) {
  static const CertificateWithKey kAuthority = make_ca("Test", test::ManualClock().now());
  static const std::string kRequest = make_key_and_request().csr_pem;
  const Disk::Path folder{name};
  if (disk_.exists(folder / kEnrolledMark)) return;
  if (!witness.invitation) {
    server::InviteSecret secret{};
    office().committer().commit([&](server::Ledger& ledger) {
      const Id system = server::system_staff(ledger.db());
      secret = server::make_invite(ledger, {.staff_id = system, .role = schema::office}, named(staff));
    });
    witness.invitation = secret;
  }
  server::Enrolled enrolled;
  Id epoch;
  office().committer().commit([&](server::Ledger& ledger) {
    enrolled = server::enrol_device(ledger, kAuthority, bytes_of(*witness.invitation), kRequest, "laptop");
    epoch = ledger.epoch();
  });
  require(!witness.enrolled || *witness.enrolled == enrolled.device_id, "one code has enrolled two devices");
  witness.enrolled = enrolled.device_id;
  for (const char* suffix : {"", "-wal", "-journal"}) disk_.remove((folder / kReplicaFile).string() + suffix);
  {
    const auto db = open_file(folder / kReplicaFile, false, true);
    client::Replica::create(*db,
                            {.device_id = enrolled.device_id,
                             .staff_id = enrolled.staff_id,
                             .role = schema::agent,
                             .epoch = epoch},
                            clock_.now());
    sql::Transaction transaction(*db, sql::Access::write);
    sql::set_meta(*db, "user", enrolled.user);
    transaction.commit();
  }
  if (disk_.is_dead(folder)) throw Failure(Code::io, "the machine is gone");
  disk_.write(folder / kEnrolledMark, "certificate");
}

std::int64_t Scene::at_office(std::string_view text) {
  std::int64_t found = 0;
  command([&](server::Ledger& ledger) { found = sql::number(ledger.db(), text).value_or(0); });
  return found;
}

std::optional<std::string> Scene::key() const {
  return options_.keyed ? std::optional(std::string(32, 'k')) : std::nullopt;
}

// ---- the beginning -------------------------------------------------------------------------------------------------

void Scene::build() {
  {
    const auto db = open_file(Disk::Path(kOffice) / kOfficeFile, true, true);
    server::create_office(*db, clock_, *random_, "Disk");
  }
  const auto add = [&](std::string_view table, std::string_view name,
                       std::initializer_list<std::pair<std::string_view, Value>> columns) {
    office_edit("made " + std::string(name), "system", schema::office,
                {test::insert_op(table, named(name), columns)});
  };
  add("staff", "paul", {{"name", std::string("paul")}, {"role", std::string("agent")}});
  add("staff", "lea", {{"name", std::string("lea")}, {"role", std::string("agent")}});
  add("staff", "nadia", {{"name", std::string("nadia")}, {"role", std::string("clerk")}});
  add("creditor", "meunier", {{"name", std::string("Meunier SA")}});
  for (int i = 1; i <= 5; ++i) {
    const std::string n = std::to_string(i);
    add("debtor", "debtor " + n, {{"legal_name", "Client " + n}});
    add("case_file", "case " + n,
        {{"number", "C-" + n}, {"creditor_id", named("meunier")}, {"debtor_id", named("debtor " + n)}});
  }
  assign("paul has 1", "case 1", "paul");
  assign("lea has 1", "case 1", "lea");
  assign("paul has 2", "case 2", "paul");
  for (const std::string& name : options_.devices) {
    const std::string owner = name == "b" ? "lea" : "paul";
    Id epoch;
    command([&](server::Ledger& ledger) {
      server::Ledger::Work work(ledger);
      server::enter_device(ledger, named("device " + name), named(owner), "laptop", "active");
      work.commit();
      epoch = ledger.epoch();
    });
    {
      const auto db = open_file(Disk::Path(name) / kReplicaFile, false, true);
      client::Replica::create(*db,
                              {.device_id = named("device " + name),
                               .staff_id = named(owner),
                               .role = schema::agent,
                               .epoch = epoch},
                              clock_.now());
    }
    disk_.write(Disk::Path(name) / kEnrolledMark, "certificate");
    sync(name);
    witness.epoch = epoch.text();
  }
  settle();
  close_all();
  for (const auto& [folder, saved] : disk_.save_all()) disk_.settle(folder);
}

}  // namespace relance::disktest
