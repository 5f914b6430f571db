// Rights of persons through the real programs: a restriction that reaches a laptop, an answer, a lost device.
#include "host/files.h"
#include "tests/e2e/office_world.h"
#include "tests/support/pdf_text.h"

using namespace relance;
using namespace relance::e2e;

namespace {

void tell(const OfficeWorld& w, std::vector<std::string> arguments) {
  const Ran ran = w.office(std::move(arguments));
  INFO(ran.out << ran.err);
  REQUIRE(ran.ok());
}

std::string cell(const OfficeWorld& w, const std::string& sql) {
  return std::string(w.office.json({"sql", sql}).at("rows").at(0).at(0).as_string());
}

}  // namespace

TEST_CASE(
    "R55: a restricted case leaves the agent's sight at the next contact and comes back when it is lifted",
    "[R55][rights]") {
  OfficeWorld w;
  tell(w, {"user", "add", "olga", "--role", "office"});
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string& number = w.cases[0];
  CHECK(paul({"case", number}).ok());
  const std::size_t listed = w.office.json({"cases"}).at("cases").as_array().size();
  tell(w, {"restrict", number, "--ground", "Exactitude contestée", "--as", "nadia"});
  CHECK(w.office.json({"restricted"}).at("cases").as_array().size() == 1);
  CHECK(w.office.json({"cases"}).at("cases").as_array().size() == listed - 1);
  CHECK(w.office({"case", number}).ok());
  REQUIRE(paul({"sync"}).ok());

  const auto refused = [&](std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const Ran ran = paul(std::move(arguments));
    INFO(ran.out << ran.err);
    CHECK(ran.exit_code == 3);
    CHECK(OfficeWorld::error_code(ran) == "restricted");
  };
  refused({"case", number});
  refused({"call", number, "no_answer"});
  refused({"call", number, "--check"});
  refused({"add", "contact_event", "case_id=" + number, "outcome=reached"});
  refused({"sql", "SELECT count(*) FROM main.case_file"});
  CHECK(OfficeWorld::count(paul, "SELECT count(*) FROM case_file WHERE number = '" + number + "'") == 0);
  CHECK(paul({"cases"}).out.find(number) == std::string::npos);
  CHECK(paul({"today"}).out.find(number) == std::string::npos);
  CHECK(paul.json({"status"}).at("restricted").as_int64() == 1);
  OfficeWorld::check_agrees(paul);

  CHECK(w.office({"unrestrict", number, "--ground", "Vérifié", "--told-on", "2026-11-20", "--as", "nadia"})
            .exit_code == 3);
  tell(w, {"unrestrict", number, "--ground", "Vérifié", "--told-on", "2026-11-20", "--as", "olga"});
  REQUIRE(paul({"sync"}).ok());
  CHECK(paul({"case", number}).ok());
}

TEST_CASE("R55: what an agent notes becomes a request, is answered with all that is held, and ends",
          "[R55][rights]") {
  OfficeWorld w;
  tell(w, {"user", "add", "olga", "--role", "office"});
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string& number = w.cases[0];
  OfficeWorld::add_call(paul, number, "Demande une copie de ses données");
  REQUIRE(paul({"request", number, "access", "--on", "2026-11-20"}).ok());
  REQUIRE(paul({"sync"}).ok());
  const auto waiting = w.office.json({"request", "list"}).at("untaken").as_array();
  REQUIRE(waiting.size() == 1);
  const std::string message(waiting.at(0).at("escalation").as_string());
  const std::string id(w.office.json({"request", "take", message, "--as", "olga"}).at("id").as_string());
  const auto shown = w.office.json({"request", "show", id});
  CHECK(shown.at("received_on") == "2026-11-20");
  CHECK(shown.at("due_on") == "2026-12-20");

  const auto out = w.dir.path() / "reponse";
  tell(w, {"access", number, "--out", out.string(), "--as", "olga"});
  const std::string data = read_file(out / "donnees.json", 1U << 24U);
  CHECK(data.find("Demande une copie de ses données") != std::string::npos);
  CHECK(test::flowing(test::pdf_text(read_file(out / "reponse.pdf", 1U << 24U))).find("RGPD art. 15") !=
        std::string::npos);
  const auto zip = w.dir.path() / "reponse.zip";
  tell(w, {"access", number, "--out", zip.string(), "--withhold", (out / "a-verifier.txt").string(),
           "--reviewed", "--as", "olga"});
  CHECK(std::filesystem::file_size(zip) > 0);
  tell(w, {"request", "answer", id, "--text", "Copie remise", "--as", "olga"});
  CHECK(w.office.json({"request", "list"}).at("requests").as_array().empty());

  const std::string debtor = cell(w, "SELECT debtor_id FROM case_file WHERE number = '" + number + "'");
  const std::string corrected(w.office
                                  .json({"rectify", "debtor", debtor, "legal_name=Nom exact", "--ground",
                                         "Pièce d'identité", "--as", "olga"})
                                  .at("id")
                                  .as_string());
  const auto devices = [&] {
    return w.office.json({"request", "show", corrected}).at("corrections").at(0).at("devices").as_array();
  };
  CHECK_FALSE(devices().at(0).at("reached").as_bool());
  REQUIRE(paul({"sync"}).ok());
  REQUIRE(paul({"sync"}).ok());
  CHECK(devices().at(0).at("reached").as_bool());
  const Ran name = paul({"sql",
                         "SELECT d.legal_name FROM debtor d JOIN case_file c ON c.debtor_id = d.id WHERE "
                         "c.number = '" +
                             number + "'"});
  CHECK(name.out.find("Nom exact") != std::string::npos);
}

TEST_CASE("a lost laptop: the list, the draft, and the same bytes when asked again; a hold takes two",
          "[rights]") {
  OfficeWorld w;
  tell(w, {"user", "add", "olga", "--role", "office"});
  tell(w, {"user", "add", "david", "--role", "dpo"});
  const AgentProgram paul = w.enrol("paul", "paul");
  REQUIRE(paul({"sync"}).ok());
  const std::string device =
      cell(w,
           "SELECT id FROM device WHERE name IS NOT NULL AND staff_id IN (SELECT id FROM "
           "staff WHERE name = 'paul')");
  const auto draft = w.dir.path() / "notice.pdf";
  const Ran first = w.office({"device", "lost", device, "--draft", draft.string()});
  INFO(first.err);
  REQUIRE(first.ok());
  for (const std::string& number : w.cases) CHECK(first.out.find(number) != std::string::npos);
  const std::string bytes = read_file(draft, 1U << 24U);
  const Ran again = w.office({"device", "lost", device, "--draft", draft.string()});
  CHECK(again.out == first.out);
  CHECK(read_file(draft, 1U << 24U) == bytes);
  CHECK(w.office.json({"device", "lost", device}).at("cases").as_array().size() == 5);

  const std::string hold(w.office
                             .json({"hold", "add", w.cases[0], "--reason", "Assignation", "--authority", "TJ",
                                    "--review", "2030-01-01", "--as", "olga"})
                             .at("id")
                             .as_string());
  CHECK(w.office({"edit", "case_file", w.cases[0], "legal_hold=0", "--as", "olga"}).exit_code == 3);
  tell(w, {"hold", "lift", hold, "--reason", "Désistement", "--as", "olga"});
  CHECK(OfficeWorld::count(paul, "SELECT 1") == 1);
  CHECK(w.count("SELECT legal_hold FROM case_file WHERE number = '" + w.cases[0] + "'") == 1);
  tell(w, {"hold", "lift", hold, "--as", "david"});
  CHECK(w.count("SELECT legal_hold FROM case_file WHERE number = '" + w.cases[0] + "'") == 0);
  tell(w, {"register", "--out", (w.dir.path() / "registre.pdf").string()});
}
