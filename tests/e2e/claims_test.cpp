// Claims from the files of creditors, by the real commands: taken in beside the running server, seen by an agent,
// taken back.
#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;

namespace {

std::string data(const std::string& name) { return std::string(RELANCE_SOURCE_DIR) + "/tests/data/" + name; }

std::string batch_of(const boost::json::value& report) { return std::string(report.at("batch").as_string()); }

}  // namespace

TEST_CASE("R60: an import reaches the agent who holds its cases, and goes again when it is taken back",
          "[R60]") {
  OfficeWorld w;
  REQUIRE(w.office({"user", "add", "marie", "--role", "office"}).ok());
  const std::vector<std::string> import{"import", "ximport", data("claims/XIMPORT.TXT"), "--creditor",
                                        "Chauffage"};
  auto dry = import;
  dry.emplace_back("--dry-run");
  CHECK(w.office.json(dry).at("claims_added") == 6);
  CHECK(w.count("SELECT count(*) FROM creditor WHERE name = 'Chauffage'") == 0);
  const auto report = w.office.json(import);
  CHECK(report.at("entries_added") == 9);
  CHECK(w.office.json(import).at("entries_known") == 9);

  REQUIRE(w.office({"assign", "--to", "lea", "--creditor", "Chauffage"}).ok());
  const AgentProgram lea = w.enrol("lea", "lea");
  const std::string open = "SELECT count(*) FROM claim WHERE state = 'open'";
  CHECK(OfficeWorld::count(lea, open) == 5);  // those of a case that is level are not assigned

  const std::string batch = batch_of(report);
  CHECK(w.office.json({"import", "show", batch}).at("rows").as_array().size() == 9);
  CHECK(w.office.json({"import", "withdraw", batch, "--as", "marie", "--dry-run"}).at("claims_withdrawn") ==
        6);
  CHECK(w.count("SELECT count(*) FROM import_batch WHERE withdrawn_at IS NOT NULL") == 0);
  CHECK(w.office({"import", "withdraw", batch, "--as", "nadia"}).exit_code == 3);  // a clerk may not
  REQUIRE(w.office({"import", "withdraw", batch, "--as", "marie"}).ok());
  CHECK(w.office({"import", "withdraw", batch, "--as", "marie"}).exit_code == 3);
  REQUIRE(lea({"sync"}).ok());
  CHECK(OfficeWorld::count(lea, open) == 0);
  OfficeWorld::check_agrees(lea);
  CHECK(w.office.json(import).at("claims_added") == 6);
  CHECK(w.office({"verify"}).ok());
}

TEST_CASE("R60: a CSV by its kept mapping, an invoice in a PDF, and files that are refused",
          "[R60][R04][R01]") {
  OfficeWorld w;
  REQUIRE(w.office({"user", "add", "marie", "--role", "office"}).ok());
  REQUIRE(w.office({"add", "creditor", "name=Meunier SA", "--as", "marie"}).ok());
  REQUIRE(w.office({"import",     "mapping",
                    "save",       "sage",
                    "--creditor", "Meunier SA",
                    "--column",   "debtor_ref=Code client",
                    "--column",   "debtor_name=Nom",
                    "--column",   "siren=SIREN",
                    "--column",   "piece=N° facture",
                    "--column",   "issued_on=Date",
                    "--column",   "due_on=Échéance",
                    "--column",   "amount=Solde",
                    "--skip",     "1"})
              .ok());
  CHECK(w.office.json({"import", "mapping", "list"}).at("mappings").as_array().size() == 1);
  const auto csv =
      w.office.json({"import", "csv", data("claims/impayes_sage.csv"), "--creditor", "Meunier SA"});
  CHECK(csv.at("entries_added") == 5);
  CHECK(csv.at("left_out_count") == 1);

  const auto invoice = w.office.json(
      {"import", "invoice", data("einvoice/facturx_invoice_EN16931.pdf"), "--creditor", "Le Fournisseur"});
  CHECK(invoice.at("added_cents") == 10490);
  const auto intake = w.office.json({"intake", "--batch", batch_of(invoice)});
  REQUIRE(intake.at("cases").as_array().size() == 1);
  CHECK(intake.at("cases").at(0).at("proposal") == "accept");
  const Ran list = w.office({"intake", "--creditor", "Meunier SA", "--csv"});
  CHECK_THAT(list.out, Catch::Contains("no_evidence"));

  const Ran crowns = w.office(
      {"import", "invoice", data("einvoice/en16931_CII_business_example_01.xml"), "--creditor", "X"});
  CHECK(crowns.exit_code == 1);
  CHECK_THAT(crowns.err, Catch::Contains("line 386, BT-5"));
  CHECK(w.office({"import", "csv", data("claims/XIMPORT.TXT"), "--creditor", "X"}).exit_code == 1);
  CHECK(w.office({"import", "csv", data("absent.csv"), "--creditor", "X"}).exit_code == 1);
  CHECK(w.office({"import", "withdraw", "0123456789", "--as", "marie"}).exit_code == 1);
  CHECK(w.count("SELECT count(*) FROM creditor WHERE name = 'X'") == 0);
}

TEST_CASE("R01: what is typed of a company or a telephone number is checked and put into one form", "[R01]") {
  OfficeWorld w;
  REQUIRE(w.office({"user", "add", "marie", "--role", "office"}).ok());
  const auto debtor =
      std::string(w.office.json({"sql", "SELECT id FROM debtor LIMIT 1"}).at("rows").at(0).at(0).as_string());
  CHECK(w.office({"edit", "debtor", debtor, "siren=552032535", "--as", "marie"}).exit_code == 2);
  CHECK(w.office({"edit", "debtor", debtor, "siren=552032534", "--as", "marie"}).ok());
  CHECK(w.count("SELECT count(*) FROM debtor WHERE siren = '552032534'") == 1);
  CHECK(w.office({"add", "contact_point", "debtor_id=" + debtor, "type=phone", "value=12", "--as", "marie"})
            .exit_code == 2);
  CHECK(w.office({"add", "contact_point", "debtor_id=" + debtor, "type=phone", "value=0590 12 34 56",
                  "source=Appel", "--as", "marie"})
            .ok());
  CHECK(w.count("SELECT count(*) FROM contact_point WHERE value = '+590590123456'") == 1);
}
