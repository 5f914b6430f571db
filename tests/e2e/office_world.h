// An office with agents and cases, made by commands: where every end-to-end test begins.
#pragma once

#include "tests/e2e/harness.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

namespace relance::e2e {

struct OfficeWorld {
  test::TempDir dir;
  OfficeProgram office{dir.path() / "office"};
  std::vector<std::string> cases;

  OfficeWorld() {
    REQUIRE(office({"init", "--name", "Cabinet Test"}).ok());
    office.start();
    for (const auto& [name, role] :
         {std::pair<const char*, const char*>{"paul", "agent"}, {"lea", "agent"}, {"nadia", "clerk"}})
      REQUIRE(office({"user", "add", name, "--role", role}).ok());
    const Ran imported = office(
        {"import", "fec", std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/0000000001FEC20220831.txt",
         "--creditor", "Garage Meunier"});
    INFO(imported.err);
    REQUIRE(imported.ok());
    const auto listed = office.json({"cases"});
    for (const auto& one : listed.at("cases").as_array())
      if (one.at("stage") != "closed") cases.emplace_back(one.at("number").as_string());
    REQUIRE(cases.size() == 5);
    REQUIRE(office({"assign", "--to", "paul", "--all"}).ok());
  }

  /// Enrols a machine of `user`; through `port` where one is given.
  AgentProgram enrol(const std::string& user, const std::string& home, int port = 0) {
    AgentProgram agent(dir.path() / home);
    const Ran ran = agent({"enrol", office.invite(user, port)});
    INFO(ran.out << ran.err);
    REQUIRE(ran.ok());
    return agent;
  }

  std::int64_t count(const std::string& sql) {
    return office.json({"sql", sql}).at("rows").at(0).at(0).as_int64();
  }
  static std::int64_t count(const AgentProgram& agent, const std::string& sql) {
    return agent.json({"sql", sql}).at("rows").at(0).at(0).as_int64();
  }
  static void add_call(const AgentProgram& agent, const std::string& case_number, const std::string& note) {
    const Ran ran =
        agent({"add", "contact_event", "case_id=" + case_number, "outcome=reached", "note=" + note});
    INFO(ran.err);
    REQUIRE(ran.ok());
  }
  static void check_agrees(const AgentProgram& agent) {
    const Ran ran = agent({"verify"});
    INFO(ran.out << ran.err);
    CHECK(ran.ok());
  }
  /// The code in the JSON error of a command that failed.
  static std::string error_code(const Ran& ran) {
    const auto document = ran.json();
    const auto* object = document.if_object();
    const auto* error = object == nullptr ? nullptr : object->if_contains("error");
    return error == nullptr ? "" : std::string(error->at("code").as_string());
  }
};

}  // namespace relance::e2e
