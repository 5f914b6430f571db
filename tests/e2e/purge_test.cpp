// A purge through the real programs: planned, approved by another, carried out, obeyed by a laptop with its own key.
#include "host/files.h"
#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;

namespace {

void tell(const OfficeWorld& w, std::vector<std::string> arguments) {
  const Ran ran = w.office(std::move(arguments));
  INFO(ran.out << ran.err);
  REQUIRE(ran.ok());
}

}  // namespace

TEST_CASE(
    "a purge leaves the server and every laptop, with a signed receipt, and an import brings nobody back") {
  OfficeWorld w;
  tell(w, {"user", "add", "olga", "--role", "office"});
  tell(w, {"user", "add", "david", "--role", "dpo"});
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string& number = w.cases[0];
  const std::string id =
      std::string(w.office.json({"sql", "SELECT id FROM case_file WHERE number = '" + number + "'"})
                      .at("rows")
                      .at(0)
                      .at(0)
                      .as_string());
  OfficeWorld::add_call(paul, number, "Ne doit rester nulle part");
  REQUIRE(paul({"sync"}).ok());

  const Ran open = w.office({"purge", "plan", "--origin", "request", "--case", number, "--ground", "art. 17",
                             "--as", "olga", "--json"});
  REQUIRE(open.ok());
  CHECK(open.json().at("items").at(0).at("blocked_by") == "open_case");
  tell(w, {"edit", "case_file", id, "stage=closed", "closed_reason=wrong_person", "--as", "olga"});
  CHECK(w.office.json({"retention", "explain", number}).at("rule") == "RC9");

  tell(w, {"purge", "plan", "--origin", "request", "--case", number, "--ground", "art. 17", "--as", "olga"});
  CHECK(w.office({"purge", "approve", "--as", "olga", "--release-brake"}).exit_code == 3);
  CHECK(w.office({"purge", "run", "--as", "olga"}).exit_code == 3);  // not approved
  tell(w, {"purge", "approve", "--as", "david", "--release-brake"});
  // What an upgrade or a restore has kept holds everybody: it goes too.
  const auto kept = w.office.data() / "relance.db.before-upgrade-1763700000000";
  write_file_durably(kept, "a database of before", 0600);
  tell(w, {"purge", "run", "--as", "olga"});
  CHECK_FALSE(std::filesystem::exists(kept));
  auto status = w.office.json({"purge", "status"});
  CHECK(status.at("purge").at("state") == "done");
  CHECK(status.at("purge").at("residue").as_int64() == 0);
  CHECK(status.at("devices").at(0).at("standing") == "not yet answered");
  CHECK(w.count("SELECT count(*) FROM case_file WHERE number = '" + number + "'") == 0);

  const Ran synced = paul({"sync"});
  INFO(synced.out << synced.err);
  REQUIRE(synced.ok());
  CHECK_THAT(synced.out + synced.err, Catch::Contains("erased from this computer"));
  CHECK(OfficeWorld::count(paul, "SELECT count(*) FROM case_file WHERE number = '" + number + "'") == 0);
  CHECK(OfficeWorld::count(paul, "SELECT count(*) FROM contact_event") == 0);
  OfficeWorld::check_agrees(paul);
  status = w.office.json({"purge", "status"});
  CHECK(status.at("devices").at(0).at("standing") == "done");
  CHECK(status.at("devices").at(0).at("signed").as_int64() == 1);

  const auto pdf = w.dir.path() / "certificat.pdf";
  tell(w, {"purge", "certificate", "--pdf", pdf.string()});
  CHECK(read_file(pdf, 1 << 20).starts_with("%PDF"));

  // The same ledger again: everybody is known, and the one who was erased is passed over.
  const auto again = w.office.json(
      {"import", "fec", std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/0000000001FEC20220831.txt",
       "--creditor", "Garage Meunier"});
  CHECK(again.at("debtors_erased").as_int64() == 1);
  CHECK(again.at("debtors_added").as_int64() == 0);
  tell(w, {"verify"});

  // A backup that was made before erases again when it is restored; the server then starts as ever.
  w.office.stop();
  w.office.start();
  CHECK(w.office.runs());
}
