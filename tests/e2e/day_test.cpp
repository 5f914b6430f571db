// An agent's day with the real programs: the plan, calls, agreements, messages, and what the office sees of them.
#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;

namespace {

// Agreements of this test are far off: the programs live in the machine's own time.
constexpr const char* kLater = "2031-01-31";

}  // namespace

TEST_CASE(
    "R17 R24 R29: calls, promises and questions are short commands, and the office sees them after a sync",
    "[R17][R24][R29]") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string& one = w.cases[0];
  const auto today = paul.json({"today"});
  CHECK(today.at("cases").as_array().size() == 5);
  CHECK(today.at("progress").at("contacts").as_int64() == 0);
  const Ran check = paul({"--json", "call", one, "--check"});  // at night it says no, by its exit code too
  CHECK(check.json().at("is_lower_bound").as_bool());
  CHECK(check.exit_code == (check.json().at("allowed").as_bool() ? 0 : 3));

  const Ran flagged =
      paul({"--json", "call", one, "reached", "--right-party", "--inbound", "--note", "il est malade"});
  CHECK(flagged.exit_code == 3);
  CHECK(OfficeWorld::error_code(flagged) == "note_flagged");
  const auto call = paul.json({"call", one, "promise", "--right-party", "--inbound", "--note",
                               "il est malade", "--keep-note", "--promise", "250,50", "--by", kLater,
                               "--next", "check_payment", "--on", kLater});
  CHECK(call.at("flags").at(0).at("class") == "health");
  CHECK(OfficeWorld::error_code(paul({"--json", "call", one, "reached", "--inbound"})) ==
        "right_party_unknown");
  CHECK(OfficeWorld::error_code(paul({"--json", "call", one, "nonsense", "--inbound"})) == "usage");
  CHECK(paul.json({"promise", one, "300", "--by", kLater}).as_object().contains("replaces"));
  CHECK(paul.json({"task", "list", "--all"}).at("tasks").as_array().size() == 1);
  CHECK(paul.json({"cases", "--promised"}).at("cases").as_array().size() == 1);
  REQUIRE(paul({"escalate", one, "Que répondre à son avocat ?"}).ok());
  REQUIRE(paul({"plan", one, "--count", "3", "--first", kLater, "--propose", "--grounds", "saison"}).ok());
  REQUIRE(paul({"sync"}).ok());

  CHECK(w.count("SELECT count(*) FROM promise WHERE amount_cents IN (25050, 30000)") == 2);
  const auto asked = w.office.json({"escalations", "--role", "manager"}).at("escalations").as_array();
  REQUIRE(asked.size() == 1);
  const std::string id{asked[0].at("id").as_string()};
  REQUIRE(w.office({"escalation", "answer", id, "Demandez son mandat", "--as", "nadia"}).ok());
  REQUIRE(
      w.office({"target", "set", "paul", "--month", "2030-01", "--contacts", "10", "--as", "nadia"}).ok());
  REQUIRE(paul({"sync"}).ok());
  CHECK(OfficeWorld::count(paul, "SELECT count(*) FROM escalation WHERE state = 'answered'") == 1);
  CHECK(paul.json({"proposals"}).at("proposals").as_array().size() == 1);
  OfficeWorld::check_agrees(paul);
}

TEST_CASE("R15 R56: an agency's case without its letter is not called; cases are given out by rule",
          "[R15][R56]") {
  OfficeWorld w;
  const std::string creditor{
      w.office.json({"sql", "SELECT id FROM creditor"}).at("rows").at(0).at(0).as_string()};
  REQUIRE(w.office({"add", "mandate", "creditor_id=" + creditor, "capacity=agency", "--as", "system"}).ok());
  const AgentProgram paul = w.enrol("paul", "paul");
  const Ran forbidden = paul({"--json", "call", w.cases[0], "no_answer", "--why", "urgent"});
  CHECK(forbidden.exit_code == 3);
  CHECK(OfficeWorld::error_code(forbidden) == "contact_forbidden");
  CHECK_THAT(forbidden.err, Catch::Contains("CPCE R124-4"));
  REQUIRE(w.office({"assign", "--to", "lea", "--min-amount", "1", "--limit", "2", "--stand-in-until", kLater})
              .ok());
  CHECK(w.count("SELECT count(*) FROM assignment WHERE valid_to IS NULL") == 7);
  CHECK(w.office.json({"end-stand-ins"}).at("ended").as_int64() == 0);
  CHECK_FALSE(w.office({"assign", "--to", "lea", "--min-amount", "x"}).ok());
}

TEST_CASE("lists are there as CSV, and help shows examples") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  for (const std::vector<std::string>& command : {std::vector<std::string>{"cases", "--csv"},
                                                  {"today", "--csv"},
                                                  {"task", "list", "--csv"},
                                                  {"proposals", "--csv"},
                                                  {"outbox", "--csv"},
                                                  {"refused", "--csv"},
                                                  {"conflicts", "--csv"}}) {
    const Ran ran = paul(command);
    INFO(command.front() << ran.err);
    CHECK(ran.ok());
    CHECK_THAT(ran.out, Catch::Contains(";") && Catch::Contains("\r\n"));
  }
  for (const char* command : {"today", "call", "mail", "enquiry", "promise", "plan", "discount", "moratorium",
                              "proposals", "dispute", "task", "escalate", "notice", "request"})
    CHECK_THAT(paul({command, "--help"}).out, Catch::Contains("relance " + std::string(command)));
}
