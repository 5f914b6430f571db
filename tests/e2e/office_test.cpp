// The office's commands beside a running server, wrong input, and the return to a backup.
#include <fstream>

#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;

TEST_CASE("after a restore, what the devices still keep comes back") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "avant la sauvegarde");
  REQUIRE(paul({"sync"}).ok());
  const std::string backup = (w.dir.path() / "backup.db").string();
  REQUIRE(w.office({"backup", backup}).ok());
  OfficeWorld::add_call(paul, w.cases[0], "apres la sauvegarde");
  OfficeWorld::add_call(paul, w.cases[1], "apres aussi");
  REQUIRE(paul({"sync"}).ok());
  OfficeWorld::add_call(paul, w.cases[1], "pas encore envoye");
  CHECK(w.count("SELECT count(*) FROM contact_event") == 3);

  CHECK(w.office({"restore", backup}).exit_code == 1);  // beside a running server: refused
  REQUIRE(w.office.stop() == 0);
  const Ran restored = w.office({"restore", backup});
  INFO(restored.err);
  REQUIRE(restored.ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
  w.office.start("127.0.0.1:" + std::to_string(w.office.port()));
  const Ran sync = paul({"sync"});
  INFO(sync.out << sync.err);
  CHECK(sync.ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 4);
  CHECK(OfficeWorld::count(paul, "SELECT count(*) FROM contact_event") == 4);
  OfficeWorld::check_agrees(paul);
  CHECK(w.office({"verify"}).ok());
}

TEST_CASE("a damaged or unbalanced ledger is refused with its line, and nothing is stored") {
  OfficeWorld w;
  const auto before = w.count("SELECT count(*) FROM entry");
  const auto write = [&](const std::string& name, const std::string& lines) {
    const auto file = w.dir.path() / name;
    std::ofstream(file) << "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAux"
                           "Num\tCompAuxLib\tPieceRef\tPieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDa"
                           "teLet\tValidDate\tMontantdevise\tIdevise\n"
                        << lines;
    return file.string();
  };
  const std::string damaged = write(
      "damaged.txt",
      "VE\tVentes\t1\t20260101\t411000\tClients\tC1\tCLIENT\tF1\t20260101\tx\t12x,00\t0,00\t\t\t\t\t\n");
  const Ran ran = w.office({"import", "fec", damaged, "--creditor", "X"});
  CHECK(ran.exit_code != 0);
  CHECK_THAT(ran.err + ran.out, Catch::Contains("line 2"));
  CHECK_THAT(ran.err + ran.out, !Catch::Contains("CLIENT"));
  const std::string unbalanced =
      write("unbalanced.txt",
            "VE\tVentes\t1\t20260101\t411000\tClients\tC1\tCLIENT\tF1\t20260101\tx\t12,00\t0,00\t\t\t\t\t\n");
  CHECK_FALSE(w.office({"import", "fec", unbalanced, "--creditor", "X"}).ok());
  CHECK(w.count("SELECT count(*) FROM entry") == before);
  CHECK(w.count("SELECT count(*) FROM creditor WHERE name = 'X'") == 0);
  CHECK(w.office({"import", "fec", unbalanced, "--creditor", "X", "--accept-unbalanced"}).ok());
  CHECK(w.count("SELECT count(*) FROM entry") == before + 1);
  CHECK(w.office({"import", "fec", (w.dir.path() / "absent.txt").string(), "--creditor", "X"}).exit_code ==
        1);
}

TEST_CASE("wrong use gets one sentence and the contract's exit code") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const auto one_sentence = [](const Ran& ran, int code) {
    INFO(ran.out << ran.err);
    CHECK(ran.exit_code == code);
    CHECK_FALSE(ran.err.empty());
    CHECK_THAT(ran.err, !Catch::Contains("SELECT"));
    CHECK_THAT(ran.err, !Catch::Contains("terminate"));
  };
  one_sentence(w.office({"nonsense"}), 2);
  one_sentence(paul({"nonsense"}), 2);
  one_sentence(w.office({"add", "nowhere", "a=b", "--as", "nadia"}), 2);
  one_sentence(paul({"add", "contact_event", "case_id=" + w.cases[0], "outcome=maybe"}), 2);
  one_sentence(paul({"add", "contact_event", "case_id=D-999999", "outcome=reached"}), 1);
  one_sentence(w.office({"assign", "--to", "nobody", "--all"}), 1);
  one_sentence(w.office({"sql", "DELETE FROM entry"}), 2);
  one_sentence(paul({"sql", "DROP TABLE case_file"}), 2);
  one_sentence(w.office({"init"}), 1);
  one_sentence(OfficeProgram(w.dir.path() / "absent")({"status"}), 1);
  one_sentence(AgentProgram(w.dir.path() / "absent")({"status"}), 1);
}

TEST_CASE("commands work beside the running server and end in the same write path") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const Ran added =
      w.office({"add", "task", "case_id=" + w.cases[0], "title=Verifier la facture", "--as", "nadia"});
  INFO(added.err);
  REQUIRE(added.ok());
  CHECK(paul({"sync"}).ok());
  CHECK(OfficeWorld::count(paul, "SELECT count(*) FROM task") == 1);
  const Ran refused = w.office({"edit", "task", added.last_word(), "kind=letter", "--as", "nadia", "--json"});
  CHECK(refused.exit_code == 3);
  CHECK(OfficeWorld::error_code(refused) == "not_permitted");
  CHECK(w.office({"edit", "task", added.last_word(), "title=Fait", "--as", "nadia"}).ok());
  CHECK(paul({"sync"}).ok());
  CHECK(paul.json({"sql", "SELECT title FROM task"}).at("rows").at(0).at(0) == "Fait");
  CHECK(w.office({"verify"}).ok());
}
