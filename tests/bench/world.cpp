#include "tests/bench/world.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "client/keys.h"
#include "host/digest.h"
#include "host/enrolment_code.h"
#include "host/failure.h"
#include "host/sqlite.h"
#include "server/database.h"
#include "server/enrolment.h"
#include "server/rows.h"
#include "server/serve.h"
#include "tests/bench/measure.h"

extern char** environ;

namespace relance::bench {
namespace {

constexpr int kWriterCacheKib = 64 * 1024;  // what `serve` gives its writer

sync::Op change_op(sql::Connection& db, std::string_view table, const Id& id, std::string_view column,
                   Value value) {
  const schema::Table& t = schema::table(table);
  const auto row = server::load_row(db, t, id);
  RELANCE_ASSERT(row.has_value());
  sync::Op op{.kind = sync::OpKind::update, .table = &t, .row = id};
  const std::size_t at = schema::column(t, column);
  op.changes.push_back({at, (*row)[at], std::move(value)});
  return op;
}

}  // namespace

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "relance-bench-XXXXXX").string();
  RELANCE_ASSERT(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

// ---- office ----------------------------------------------------------------------------------------------------

BenchOffice::BenchOffice(std::filesystem::path directory, std::vector<int> cases_of_agent, std::uint64_t seed)
    : directory_(std::move(directory)), random_(seed) {
  server::Office::init(directory_, "Cabinet du banc", {}, clock_, random_, false);
  office_ = std::make_unique<server::Office>(directory_, false);
  db_ = office_->connect(server::Office::Use::write, kWriterCacheKib);
  const double ms = timed_ms([&] { agents_ = fill_office(*db_, random_, cases_of_agent); });
  say("  filled " + std::to_string(cases_of_agent.size()) + " agents in " +
      std::to_string(static_cast<int>(ms)) + " ms");
  ledger_ = std::make_unique<server::Ledger>(*db_, clock_, random_);
}

std::vector<Papers> BenchOffice::enrol(const std::vector<Id>& staff) {
  const CertificateWithKey ca = office_->ca();
  std::vector<Papers> out;
  server::Ledger::Work work(*ledger_);
  const server::Author author{
      .staff_id = server::system_staff(*db_), .role = schema::office, .device_id = ledger_->office_device()};
  for (const Id& one : staff) {
    const server::InviteSecret secret = server::make_invite(*ledger_, author, one);
    const KeyAndRequest key = make_key_and_request();
    const server::Enrolled enrolled =
        server::enrol_device(*ledger_, ca, bytes_of(secret), key.csr_pem, "banc");
    out.push_back({.device_id = enrolled.device_id,
                   .staff_id = one,
                   .epoch = ledger_->epoch(),
                   .certificate_pem = enrolled.certificate_pem,
                   .key_pem = std::string(key.key_pem.view()),
                   .ca_pem = ca.certificate_pem});
  }
  work.commit();
  return out;
}

std::string BenchOffice::invite(const Id& staff, int port) {
  EnrolmentCode code{.host = "127.0.0.1", .port = port};
  const Digest print = fingerprint(office_->ca().certificate_pem);
  std::copy_n(print.begin(), code.ca_fingerprint.size(), code.ca_fingerprint.begin());
  server::Ledger::Work work(*ledger_);
  const server::Author author{
      .staff_id = server::system_staff(*db_), .role = schema::office, .device_id = ledger_->office_device()};
  code.secret = server::make_invite(*ledger_, author, staff);
  work.commit();
  return code.encode();
}

std::unique_ptr<sql::Connection> BenchOffice::copy() {
  const auto directory = directory_ / ("copy" + std::to_string(++copies_));
  std::filesystem::create_directory(directory);
  // The same key, so that an Office of its own opens it with the same settings.
  std::filesystem::copy_file(directory_ / "server.key", directory / "server.key");
  sql::copy_sqlite(*db_, directory / "relance.db", office_->key());
  return server::Office(directory, false).connect(server::Office::Use::write, kWriterCacheKib);
}

BenchOffice::Changed BenchOffice::change_rows(const AgentCases& agent, std::size_t count) {
  Changed out;
  server::Ledger::Work work(*ledger_);
  const server::Author author{.staff_id = server::system_staff(*db_), .role = schema::office};
  for (std::size_t i = 0; i < count / 2; ++i) {
    const CaseIds& ids = agent.cases[random_.below(agent.cases.size())];
    const auto claim =
        sql::id(*db_, "SELECT id FROM claim WHERE case_id = ?1 ORDER BY id LIMIT 1", ids.case_id);
    RELANCE_ASSERT(claim.has_value());
    const std::string day = "2026-11-" + std::to_string(10 + random_.below(19));
    std::vector<sync::Op> ops{
        change_op(*db_, "case_file", ids.case_id, "next_action_on", day),
        change_op(*db_, "claim", *claim, "label", "Facture vérifiée le " + day + " par le service clients")};
    RELANCE_ASSERT(ledger_->apply_office(author, "bench.change", std::move(ops)).status ==
                   sync::Status::applied);
    out.cases.push_back(ids.case_id);
    out.claims.push_back(*claim);
  }
  work.commit();
  return out;
}

// ---- processes -------------------------------------------------------------------------------------------------

Child::Child(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
             const std::string& program) {
  const std::string path =
      program.empty() ? std::filesystem::read_symlink("/proc/self/exe").string() : program;
  std::vector<std::string> words{path};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv, env;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> added = environment;
  for (std::string& one : added) env.push_back(one.data());
  for (char** one = environ; *one != nullptr; ++one) env.push_back(*one);
  env.push_back(nullptr);
  int pipe_ends[2];
  RELANCE_ASSERT(pipe2(pipe_ends, O_CLOEXEC) == 0);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const int failed = posix_spawn(&pid_, path.c_str(), &actions, nullptr, argv.data(), env.data());
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_ends[1]);
  out_ = pipe_ends[0];
  RELANCE_ASSERT(failed == 0);
}

Child::~Child() {
  if (!ended()) {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }
  close(out_);
}

std::optional<int> Child::ended() {
  int status = 0;
  rusage used{};
  if (status_ || wait4(pid_, &status, WNOHANG, &used) != pid_) return status_;
  status_ = status;
  for (const timeval& part : {used.ru_utime, used.ru_stime})
    cpu_ms_ += static_cast<double>(part.tv_sec) * 1e3 + static_cast<double>(part.tv_usec) / 1e3;
  return status_;
}

std::string Child::line() {
  for (;;) {
    if (const std::size_t end = read_.find('\n'); end != std::string::npos) {
      std::string out = read_.substr(0, end);
      read_.erase(0, end + 1);
      return out;
    }
    char part[512];
    const ssize_t n = read(out_, part, sizeof part);
    if (n <= 0) return {};
    read_.append(part, static_cast<std::size_t>(n));
  }
}

ServerProcess::ServerProcess(const BenchOffice& office) : child_({"--serve", office.directory().string()}) {
  constexpr std::string_view kReady = "ready https://";
  const std::string line = child_.line();
  if (!line.starts_with(kReady))
    throw Failure(Code::internal, "The server that is to be measured did not start.");
  endpoint_ = Endpoint::parse(line.substr(kReady.size()));
}

int serve_office(const std::string& directory) {
  server::CommandContext context;
  context.data = directory;
  return server::serve(context, "127.0.0.1:0");
}

// ---- agents ----------------------------------------------------------------------------------------------------

namespace {

TransportOptions options_of(const Papers& papers) {
  TransportOptions out;
  out.ca_pem = papers.ca_pem;
  out.certificate_pem = papers.certificate_pem;
  out.key_pem = Secret(papers.key_pem);
  out.proxies = {};
  return out;
}

}  // namespace

BenchTransport::BenchTransport(const Endpoint& endpoint, const Papers& papers)
    : transport_(endpoint, options_of(papers)) {}

client::WireAnswer BenchTransport::exchange(const client::WireRequest& request) {
  const double start = wall_ms();
  Answer answer =
      request.body.empty() ? transport_.get(request.path) : transport_.post(request.path, request.body);
  return {.status = answer.status,
          .body = std::move(answer.body),
          .retry_after_s = answer.retry_after_s,
          .round_trip_ms = static_cast<Ms>(wall_ms() - start)};
}

BenchAgent::BenchAgent(const std::filesystem::path& file, const Endpoint& endpoint, const Papers& papers,
                       std::uint64_t seed)
    : random_(seed), transport_(endpoint, papers) {
  const Secret key = replica_key(make_data_key());
  db_ = sql::open_sqlite(file, {.mode = sql::SqliteOptions::Mode::create, .key = std::string(key.view())});
  client::Replica::create(*db_,
                          {.device_id = papers.device_id,
                           .staff_id = papers.staff_id,
                           .role = schema::agent,
                           .epoch = papers.epoch},
                          clock_.now());
  replica_ = std::make_unique<client::Replica>(*db_, clock_, chance_);
}

client::SyncReport BenchAgent::sync() {
  client::Session session(*replica_);
  return client::run_session(session, transport_, [](const client::SyncReport&) {});
}

void BenchAgent::edit(const AgentCases& agent, std::size_t count) {
  db_->execute("PRAGMA synchronous = OFF");
  for (std::size_t k = 0; k < count; ++k) {
    const sync::Op op = field_edit(agent, k, random_, clock_.now());
    const auto result = replica_->edit(std::string(intent_of(op)), {op});
    RELANCE_ASSERT(std::holds_alternative<std::int64_t>(result));
  }
  db_->execute("PRAGMA synchronous = FULL");
}

}  // namespace relance::bench
