// What an agent does, told for the moment in which it is cut: his edits, his talk with the office, his keys.
#include <csignal>
#include <fstream>

#include "client/home.h"
#include "client/keys.h"
#include "host/clock.h"
#include "host/openssl.h"
#include "server/pki.h"
#include "tests/kill/stories.h"

namespace relance::e2e {
namespace {

constexpr int kWipedOrLocked = 5;  // exit code of the contract

std::string first_conflict(const Ran& ran) {
  const auto document = ran.json();
  const auto* object = document.if_object();
  const auto* all = object == nullptr ? nullptr : object->if_contains("conflicts");
  if (all == nullptr || all->get_array().empty()) return {};
  return std::string(all->get_array().back().at("id").as_string());
}

}  // namespace

Stage::Stage(BatteredOffice& office) : office_(office) {
  office_.machines.push_back(office_.enrol("paul", "desk"));
  // of a case that the desk holds: whoever owes nothing has a closed one, which nobody does
  const boost::json::array found =
      office_.rows("SELECT debtor_id FROM case_file WHERE number = '" + office_.cases[0] + "'");
  debtor_ = std::string(found.at(0).as_array().at(0).as_string());
}

std::vector<Story> Stage::stories() {
  return {note(),      undo(),   amend(),     resolve(), sync(),        verify(),         renew(),
          suspended(), wipe(),   last_word(), recover(), enrol(),       passphrase(),     init(),
          user(),      invite(), import(),    assign(),  office_edit(), office_resolve(), backup(),
          purge(),     obey(),   serve(),     restore()};
}

void Stage::must(const Ran& ran, const std::string& what) {
  if (!ran.ok()) throw StoryEnded(what + " fails: " + ran.err + ran.out);
}

std::int64_t Stage::here(const std::string& marker) {
  return office_.count(desk(), "SELECT count(*) FROM contact_event WHERE note = '" + marker + "'");
}
std::int64_t Stage::there(const std::string& marker) {
  return office_.count("SELECT count(*) FROM contact_event WHERE note = '" + marker + "'");
}

void Stage::add_note() {
  marker_ = office_.new_marker();
  must(desk().agent(
           {"add", "contact_event", "case_id=" + office_.cases[0], "outcome=reached", "note=" + marker_}),
       "add");
}

Story Stage::note() {
  return {.name = "edit",
          .prepare =
              [this] {
                office_.look(desk());
                marker_ = office_.new_marker();
                return desk().agent.command({"add", "contact_event", "case_id=" + office_.cases[0],
                                             "outcome=reached", "note=" + marker_, "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const auto before = desk().last_n, count = here(marker_);
                office_.look(desk());
                if (count != desk().last_n - before) find("an edit is half done");
                if (ran.ok() && count != 1) find("an edit that was acknowledged is gone");
              },
          .end = [this] { office_.check_quiet(desk()); }};
}

Story Stage::undo() {
  return {.name = "undo",
          .prepare =
              [this] {
                add_note();
                office_.look(desk());
                return desk().agent.command({"outbox", "undo", std::to_string(desk().last_n), "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const auto before = desk().last_n, count = here(marker_);
                office_.look(desk());
                if (desk().last_n - before != count - 1) find("an edit is half taken back");
                if (ran.ok() && count != 0) find("what was taken back is there");
              },
          .end = [this] { office_.check_quiet(desk()); }};
}

Story Stage::amend() {
  return {.name = "amend",
          .prepare =
              [this] {
                add_note();
                office_.look(desk());
                other_marker_ = office_.new_marker();
                return desk().agent.command(
                    {"outbox", "amend", std::to_string(desk().last_n), "note=" + other_marker_, "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const auto old = here(marker_), fresh = here(other_marker_);
                if (old + fresh != 1) find("an amended edit is neither the old nor the new one");
                if (ran.ok() && fresh != 1) find("an amendment that was acknowledged is gone");
              },
          .end = [this] { office_.check_quiet(desk()); }};
}

// Both sides write the debtor's name; the machine learns of the conflict by its sync.
void Stage::make_conflict() {
  must(desk().agent({"sync"}), "sync");
  must(office_.office({"edit", "debtor", debtor_, "trade_name=" + office_.new_marker(), "--as", "nadia"}),
       "edit");
  must(desk().agent({"edit", "debtor", debtor_, "trade_name=" + office_.new_marker()}), "edit");
  must(desk().agent({"sync"}), "sync");
  conflict_ = first_conflict(desk().agent({"conflicts", "--json"}));
  if (conflict_.empty()) throw StoryEnded("two names for one debtor made no conflict");
}

Story Stage::resolve() {
  return {
      .name = "resolve",
      .prepare =
          [this] {
            make_conflict();
            office_.look(desk());
            return desk().agent.command({"conflict", "resolve", conflict_, "--take", "proposed", "--json"});
          },
      .judge =
          [this](const Ran& ran) {
            const auto before = desk().last_n;
            office_.look(desk());
            const bool is_open = first_conflict(desk().agent({"conflicts", "--json"})) == conflict_;
            if (desk().last_n - before != (is_open ? 0 : 1)) find("a conflict is half resolved");
            if (ran.ok() && is_open) find("a resolution that was acknowledged is gone");
            if (is_open)
              must(desk().agent({"conflict", "resolve", conflict_, "--take", "current"}), "resolve");
          },
      .end = [this] { office_.check_quiet(desk()); }};
}

void Stage::judge_note_arrives() {
  const Ran again = desk().agent({"sync", "--json"});
  if (!again.ok()) find("the next sync fails: " + again.err);
  if (there(marker_) != 1) find("an edit is at the office " + std::to_string(there(marker_)) + " times");
  office_.look(desk());
  if (desk().pending != 0) find("an edit waits for ever");
}

Story Stage::sync() {
  return {.name = "sync",
          .prepare =
              [this] {
                add_note();
                other_marker_ = office_.new_marker();
                must(office_.office({"add", "contact_event", "case_id=" + office_.cases[1], "outcome=reached",
                                     "note=" + other_marker_, "--as", "nadia"}),
                     "the office's edit");
                return desk().agent.command({"sync", "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                if (ran.ok() && there(marker_) != 1) find("a sync that said it was done has not sent");
                judge_note_arrives();
                if (here(other_marker_) != 1) find("the office's edit does not arrive");
              },
          .end = [this] { office_.check_quiet(desk()); }};
}

Story Stage::verify() {
  Story story = sync();
  const auto prepare = story.prepare;
  story.name = "verify";
  story.prepare = [this, prepare] {
    static_cast<void>(prepare());
    return desk().agent.command({"verify", "--json"});
  };
  return story;
}

Story Stage::renew() {
  Story story = sync();
  const auto prepare = story.prepare;
  const auto judge = story.judge;
  story.name = "renew";
  story.warning = "is not renewed yet";
  story.prepare = [this, prepare] {
    auto command = prepare();
    office_.age_certificate(desk());
    return command;
  };
  story.judge = [this, judge](const Ran& ran) {
    judge(ran);
    const client::Home home(desk().agent.home(), false);
    if (facts_of_certificate(home.certificate_pem()).not_after < SystemClock().now() + 80 * kDayMs)
      find("the certificate is not renewed");
  };
  return story;
}

Story Stage::enrol() {
  return {.name = "enrol",
          .prepare =
              [this] {
                marker_ = office_.new_marker();
                code_ = office_.office.invite("paul");
                const AgentProgram agent(office_.directory() / marker_);
                return agent.command({"enrol", code_, "--name", marker_, "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const AgentProgram agent(office_.directory() / marker_);
                const Ran again = agent({"enrol", code_, "--name", marker_, "--json"});
                const bool was_done = again.out.find("\"exists\"") != std::string::npos;
                if (!again.ok() && !was_done)
                  find("an enrolment that was cut cannot be finished: " + again.err);
                if (ran.ok() && !was_done) find("an enrolment that was done is not there");
                if (const Ran synced = agent({"sync"}); !synced.ok()) find("it does not sync: " + synced.err);
                if (office_.count("SELECT count(*) FROM device WHERE name = '" + marker_ + "'") != 1)
                  find("one code has not made one device");
                std::filesystem::remove_all(agent.home());
              }};
}

Story Stage::suspended() {
  const auto state = [this](const char* verb) {
    const auto id =
        office_.rows("SELECT id FROM device WHERE name = 'desk'").at(0).as_array().at(0).as_string();
    must(office_.office({"device", verb, std::string(id)}), verb);
  };
  return {.name = "suspended",
          .prepare =
              [this, state] {
                add_note();
                state("suspend");
                return desk().agent.command({"sync", "--json"});
              },
          .judge =
              [this, state](const Ran& ran) {
                if (ran.ok()) find("a suspended device says that it has synced");
                if (desk().agent({"sync"}).exit_code != kWipedOrLocked)
                  find("a suspended device is not told");
                state("resume");
                judge_note_arrives();
              },
          .end = [this] { office_.check_quiet(desk()); }};
}

Story Stage::wipe() {
  return {.name = "wipe",
          .prepare =
              [this] {
                const Machine lost = office_.enrol("paul", office_.new_marker());
                path_ = lost.agent.home();
                marker_ = office_.new_marker();
                must(lost.agent({"add", "contact_event", "case_id=" + office_.cases[0], "outcome=reached",
                                 "note=" + marker_}),
                     "add");
                const auto id = office_.rows("SELECT id FROM device WHERE name = '" + lost.name + "'");
                other_marker_ = std::string(id.at(0).as_array().at(0).as_string());
                must(office_.office({"device", "wipe", other_marker_}), "wipe");
                return lost.agent.command({"sync", "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const AgentProgram agent(path_);
                if (ran.ok()) find("a device that is to be wiped says that it has synced");
                if (const Ran again = agent({"sync"}); again.exit_code != kWipedOrLocked)
                  find("a wipe that was cut is not finished: exit " + std::to_string(again.exit_code) + " " +
                       again.err);
                for (const char* file :
                     {"replica.db", "replica.db-wal", "replica.key", "device.key", "device.crt"})
                  if (std::filesystem::exists(path_ / file))
                    find(std::string(file) + " has survived its wipe");
                must(office_.office({"quarantine", "apply", other_marker_}), "quarantine apply");
                if (there(marker_) != 1) find("what was unsent has gone with the device");
                static_cast<void>(agent({"lock"}));
                std::filesystem::remove_all(path_);
              }};
}

// Past its grace and with nobody to talk to: what is unsent is sealed, then everything else goes.
Story Stage::last_word() {
  return {.name = "last-word",
          .prepare =
              [this] {
                const Machine old = office_.enrol("paul", office_.new_marker());
                path_ = old.agent.home();
                marker_ = office_.new_marker();
                must(old.agent({"add", "contact_event", "case_id=" + office_.cases[0], "outcome=reached",
                                "note=" + marker_}),
                     "add");
                const auto id = office_.rows("SELECT id FROM device WHERE name = '" + old.name + "'");
                other_marker_ = std::string(id.at(0).as_array().at(0).as_string());
                const client::Home home(path_, false);
                const std::string passphrase = old.agent.environment().front();
                const auto db = home.open_replica(
                    KeyEnvelope::open(home.file("replica.key"), passphrase.substr(passphrase.find('=') + 1)),
                    client::Home::Use::write);
                sql::Transaction transaction(*db, sql::Access::write);
                sql::set_meta(*db, "lease_until", "1");
                transaction.commit();
                return old.agent.command({"cases", "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const AgentProgram agent(path_);
                if (ran.ok()) find("a replica past its grace shows its cases");
                if (const Ran again = agent({"cases"}); again.exit_code != kWipedOrLocked)
                  find("an end that was cut is not finished: exit " + std::to_string(again.exit_code));
                for (const char* file :
                     {"replica.db", "replica.db-wal", "replica.key", "device.key", "device.crt"})
                  if (std::filesystem::exists(path_ / file))
                    find(std::string(file) + " has survived its end");
                if (agent({"sync"}).exit_code != kWipedOrLocked) find("the last word is not delivered");
                must(office_.office({"quarantine", "apply", other_marker_}), "quarantine apply");
                if (there(marker_) != 1)
                  find("what was unsent is there " + std::to_string(there(marker_)) + " times");
                static_cast<void>(agent({"lock"}));
                std::filesystem::remove_all(path_);
              }};
}

Story Stage::recover() {
  const auto code = [this] {
    const auto id = office_.rows("SELECT id FROM device WHERE name = '" + other_marker_ + "'");
    return office_.office({"device", "recover", std::string(id.at(0).as_array().at(0).as_string())})
        .last_word();
  };
  return {.name = "recover",
          .prepare =
              [this, code] {
                const Machine one = office_.enrol("paul", office_.new_marker());
                path_ = one.agent.home();
                other_marker_ = one.name;
                marker_ = office_.new_marker();
                must(one.agent({"add", "contact_event", "case_id=" + office_.cases[0], "outcome=reached",
                                "note=" + marker_}),
                     "add");
                return one.agent.command({"recover", code(), "--json"});
              },
          .judge =
              [this, code](const Ran& ran) {
                const AgentProgram agent(path_);
                // The harness's one passphrase is here the old and the new one: at no moment may it be wrong.
                if (!agent({"cases"}).ok()) find("a recovery that was cut has locked the replica");
                if (!ran.ok() && !agent({"recover", code()}).ok())
                  find("a recovery that was cut cannot be repeated");
                if (!agent({"sync"}).ok()) find("a recovered replica does not sync");
                if (there(marker_) != 1) find("an edit has not survived a recovery");
                static_cast<void>(agent({"lock"}));
                std::filesystem::remove_all(path_);
              }};
}

Story Stage::passphrase() {
  return {
      .name = "passphrase",
      .prepare =
          [this] {
            const std::string given = desk().agent.environment().front();
            path_ = office_.directory() / "passphrase";
            std::ofstream(path_) << given.substr(given.find('=') + 1);
            return desk().agent.command({"passphrase", "--new-passphrase-file", path_.string(), "--json"});
          },
      .judge =
          [this](const Ran&) {
            must(desk().agent({"lock"}), "lock");
            if (!desk().agent({"cases"}).ok()) find("the passphrase opens nothing any more");
          },
      .end = [this] { office_.unlock(desk()); }};
}

}  // namespace relance::e2e
