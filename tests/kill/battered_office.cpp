#include "tests/kill/battered_office.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "client/home.h"
#include "client/keys.h"
#include "host/clock.h"
#include "host/openssl.h"
#include "server/office.h"
#include "server/pki.h"

namespace relance::e2e {
namespace {

namespace json = boost::json;

constexpr int kSyncsToQuiet = 5;          // a push, its echo, a bootstrap after an epoch; more is no progress
constexpr Ms kAgedDays = 70;              // of 90: past two thirds, not yet expired
constexpr std::size_t kWordsShown = 400;  // of a program's output, in a finding
constexpr const char* kFec = "/tests/data/fec/0000000001FEC20220831.txt";

std::string shown(const Ran& ran) {
  return "exit " + std::to_string(ran.exit_code) + ": " + (ran.err + ran.out).substr(0, kWordsShown);
}

json::array rows_of(const Ran& ran) {
  const json::value document = ran.json();
  const auto* object = document.if_object();
  const auto* rows = object == nullptr ? nullptr : object->if_contains("rows");
  return rows != nullptr && rows->is_array() ? rows->get_array() : json::array{};
}

std::int64_t only_number(const json::array& rows) {
  if (rows.empty() || !rows.front().is_array() || rows.front().get_array().empty()) return -1;
  const json::value& value = rows.front().get_array().front();
  if (value.is_int64()) return value.get_int64();
  return value.is_string() ? std::atoll(value.get_string().c_str()) : -1;
}

void must(const Ran& ran, const std::string& what) {
  if (!ran.ok()) throw StoryEnded(what + ": " + shown(ran));
}

bool is_holder_of(const std::filesystem::path& process, const std::string& home) {
  std::ifstream file(process / "cmdline", std::ios::binary);
  const std::string words((std::istreambuf_iterator<char>(file)), {});
  return words.find(std::string("--home\0", 7) + home + '\0') != std::string::npos &&
         words.find(std::string("\0unlock\0", 8)) != std::string::npos;
}

}  // namespace

void Findings::add(std::string what) {
  all_.push_back(place_.empty() ? std::move(what) : place_ + ": " + what);
  say_("VIOLATION " + all_.back());
}

std::string what_is_wrong_with(const Ran& ran) {
  if (ran.ok() || ran.exit_code == 128 + SIGKILL) return {};
  if (ran.exit_code > 5) return "no exit code of the contract, " + shown(ran);
  if (ran.err.rfind("relance", 0) != 0 && ran.err.find("\nrelance") == std::string::npos)
    return "no sentence, " + shown(ran);
  const json::value document = ran.json();
  const auto* object = document.if_object();
  if (object == nullptr) return {};  // told in words
  const auto* error = object->if_contains("error");
  if (error == nullptr) return "JSON without its error, " + shown(ran);
  const json::string& code = error->at("code").as_string();
  if (code == "internal") return "a defect of ours, " + shown(ran);
  return {};
}

BatteredOffice::BatteredOffice(const std::filesystem::path& directory, Findings& findings)
    : office(directory / "office"), directory_(directory), findings_(findings) {
  std::filesystem::create_directories(directory);
  run_ = std::to_string(SystemClock().now() % 1'000'000'000);
  must(office({"init", "--name", "Cabinet Test"}), "init");
  office.start();
  for (const auto& [name, role] :
       {std::pair<const char*, const char*>{"paul", "agent"}, {"lea", "agent"}, {"nadia", "clerk"}})
    must(office({"user", "add", name, "--role", role}), "user add");
  must(office({"import", "fec", std::string(RELANCE_SOURCE_DIR) + kFec, "--creditor", "Garage Meunier"}),
       "import");
  const json::value listed = office.json({"cases"});
  for (const json::value& one : listed.at("cases").as_array())
    if (one.at("stage") != "closed") cases.emplace_back(one.at("number").as_string());
  must(office({"assign", "--to", "paul", "--all"}), "assign");
  must(office({"assign", "--to", "lea", "--also", "--case", cases[0], "--case", cases[1]}), "assign");
}

BatteredOffice::~BatteredOffice() {
  for (const Machine& machine : machines) static_cast<void>(machine.agent({"lock"}));
}

Machine BatteredOffice::enrol(const std::string& user, const std::string& name) {
  Machine machine{.agent = AgentProgram(directory_ / name), .name = name, .user = user};
  must(machine.agent({"enrol", office.invite(user), "--name", name}), "enrol " + name);
  unlock(machine);
  look(machine);
  return machine;
}

void BatteredOffice::unlock(const Machine& machine) {
  must(machine.agent({"unlock", "--idle", "12h"}), "unlock " + machine.name);
}

bool BatteredOffice::kill_key_holder(const Machine& machine) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (!is_holder_of(entry.path(), machine.agent.home().string())) continue;
    ::kill(static_cast<pid_t>(std::stoi(name)), SIGKILL);
    return true;
  }
  return false;
}

void BatteredOffice::serve_again() { office.start("127.0.0.1:" + std::to_string(office.port())); }

std::string BatteredOffice::marker_beginning() const { return "k" + run_ + "-"; }
std::string BatteredOffice::new_marker() { return marker_beginning() + std::to_string(++markers_); }

json::array BatteredOffice::rows(const Machine& machine, const std::string& sql) {
  const Ran ran = machine.agent({"sql", sql, "--json"});
  if (!ran.ok()) findings_.add("the replica of " + machine.name + " cannot be read, " + shown(ran));
  return rows_of(ran);
}

json::array BatteredOffice::rows(const std::string& sql) {
  const Ran ran = office({"sql", sql, "--json"});
  if (!ran.ok()) findings_.add("the office cannot be read, " + shown(ran));
  return rows_of(ran);
}

std::int64_t BatteredOffice::count(const Machine& machine, const std::string& sql) {
  return only_number(rows(machine, sql));
}

std::int64_t BatteredOffice::count(const std::string& sql) { return only_number(rows(sql)); }

void BatteredOffice::look(Machine& machine) {
  machine.cases.clear();
  for (const json::value& row :
       rows(machine,
            "SELECT number, coalesce((SELECT CAST(content AS INTEGER) FROM meta WHERE name = 'last_n'), 0),"
            " (SELECT count(*) FROM outbox WHERE status = 'pending') FROM case_file"
            " WHERE stage <> 'closed'")) {
    const json::array& cells = row.as_array();
    machine.cases.emplace_back(cells.at(0).as_string());
    machine.last_n = cells.at(1).as_int64();
    machine.pending = cells.at(2).as_int64();
  }
}

void BatteredOffice::age_certificate(Machine& machine) {
  const client::Home home(machine.agent.home(), false);
  if (machine.device_key_pem.empty()) {
    const std::string passphrase = machine.agent.environment().front();
    const Secret data_key =
        KeyEnvelope::open(home.file("replica.key"), passphrase.substr(passphrase.find('=') + 1));
    machine.device_key_pem = std::string(home.device_key(data_key).view());
  }
  const auto device = device_of_uri(facts_of_certificate(home.certificate_pem()).uri_san);
  if (!device) throw StoryEnded("the device's certificate names no device");
  const std::string request = make_csr(*key_from_pem(machine.device_key_pem));
  home.keep_certificate(sign_device_request(server::Office(office.data(), false).ca(), request, *device,
                                            SystemClock().now() - kAgedDays * kDayMs));
}

void BatteredOffice::check_quiet(Machine& machine) {
  for (int i = 0; i < kSyncsToQuiet; ++i) {
    const Ran ran = machine.agent({"sync", "--json"});
    if (!ran.ok()) return findings_.add("a quiet sync of " + machine.name + " fails, " + shown(ran));
    look(machine);
    if (machine.pending == 0) break;
  }
  if (machine.pending != 0) findings_.add(machine.name + " never empties its outbox");
  const Ran verified = machine.agent({"verify", "--json"});
  const json::value document = verified.json();
  const auto* object = document.if_object();
  const auto* equal = object == nullptr ? nullptr : object->if_contains("equal");
  if (!verified.ok() || equal == nullptr || *equal != true)
    findings_.add("the replica of " + machine.name + " does not agree with the office, " + shown(verified));
  const std::int64_t taken = count(
      "SELECT t.last_n FROM device d JOIN device_state t ON t.device_id = d.id"
      " WHERE d.name = '" +
      machine.name + "'");
  if (taken != machine.last_n)
    findings_.add(machine.name + " has made " + std::to_string(machine.last_n) + " edits, the office has " +
                  std::to_string(taken));
}

void BatteredOffice::check_office() {
  const Ran verified = office({"verify", "--json"});
  if (!verified.ok()) findings_.add("the office does not verify, " + shown(verified));
  if (const auto n = count("SELECT count(*) FROM device WHERE state NOT IN ('active', 'wiped')"); n != 0)
    findings_.add(std::to_string(n) + " honest devices are not trusted any more");
}

}  // namespace relance::e2e
