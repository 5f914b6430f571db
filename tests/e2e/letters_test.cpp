// A letter from an agent's draft to the same bytes on both sides, through the real programs.
#include <fstream>
#include <sstream>

#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;

namespace {

std::string bytes_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void tell(const OfficeWorld& w, std::vector<std::string> arguments) {
  const Ran ran = w.office(std::move(arguments));
  INFO(ran.out << ran.err);
  REQUIRE(ran.ok());
}

void write(const OfficeWorld& w, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--as", "system"});
  tell(w, std::move(arguments));
}

}  // namespace

TEST_CASE(
    "R18 R19: an agent drafts, the office is told what is missing, issues, and both hold the same bytes",
    "[R18][R19]") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul"), lea = w.enrol("lea", "lea");
  const std::string& number = w.cases[0];
  const Ran drafted = paul({"letter", "propose", number, "reminder_1", "--passage", "Suite à notre appel."});
  INFO(drafted.err);
  REQUIRE(drafted.ok());
  REQUIRE(paul({"sync"}).ok());

  const std::string debtor(
      w.office.json({"sql", "SELECT debtor_id FROM case_file WHERE number = '" + number + "'"})
          .at("rows")
          .at(0)
          .at(0)
          .as_string());
  write(w, {"edit", "debtor", debtor, "kind=company", "b2c=no"});
  write(w, {"add", "contact_point", "debtor_id=" + debtor, "type=post", "value=3 quai des Étroits",
            "postcode=69005", "city=Lyon", "source=facture", "status=valid"});
  write(w, {"add", "sender", "name=Garage Meunier", "address_line=1 place Grenette", "postcode=38000",
            "city=Grenoble"});
  const Ran refused = w.office({"letter", "issue", number, "reminder_1", "--as", "nadia", "--json"});
  CHECK(refused.exit_code == 3);
  CHECK(OfficeWorld::error_code(refused) == "missing_mention");
  CHECK(refused.err.find("how_to_pay") != std::string::npos);
  const std::string sender(
      w.office.json({"sql", "SELECT id FROM sender"}).at("rows").at(0).at(0).as_string());
  write(w, {"edit", "sender", sender, "pay_to=virement sur le compte FR76 1111"});

  const auto issued = w.office.json({"letter", "issue", number, "reminder_1", "--as", "nadia"});
  const std::string letter(issued.at("number").as_string());
  const auto at_office = w.dir.path() / "office.pdf", at_home = w.dir.path() / "home.pdf";
  tell(w, {"letter", "file", letter, "--out", at_office.string()});
  tell(w, {"letter", "sent", letter, "--as", "nadia"});
  REQUIRE(paul({"sync"}).ok());
  const Ran fetched = paul({"letter", "file", letter, "--out", at_home.string()});
  INFO(fetched.err);
  REQUIRE(fetched.ok());
  CHECK(bytes_of_file(at_home).starts_with("%PDF"));
  CHECK(bytes_of_file(at_home) == bytes_of_file(at_office));
  REQUIRE(lea({"sync"}).ok());
  const Ran hers = lea({"letter", "file", letter, "--out", (w.dir.path() / "no.pdf").string(), "--json"});
  CHECK(OfficeWorld::error_code(hers) == "not_found");
  CHECK_FALSE(std::filesystem::exists(w.dir.path() / "no.pdf"));
  CHECK(w.office({"letters", "--csv"}).out.find(letter) != std::string::npos);
  OfficeWorld::check_agrees(paul);

  const auto text = w.dir.path() / "modele.txt";
  std::ofstream(text) << "Sommation\n\nCher {nom}\n";
  const Ran bad =
      w.office({"template", "publish", text.string(), "--kind", "answer", "--as", "system", "--json"});
  CHECK(bad.exit_code == 3);
  CHECK(OfficeWorld::error_code(bad) == "bad_template");
}

TEST_CASE("R40: an agent's slip says that it is provisional", "[R40]") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const Ran paid = paul({"add", "payment", "case_id=" + w.cases[0], "amount_cents=5000", "means=cash"});
  REQUIRE(paid.ok());
  std::string payment = paid.out.substr(0, paid.out.find('\n'));
  const auto slip = w.dir.path() / "slip.txt";
  const Ran ran = paul({"receipt", "slip", payment, "--out", slip.string()});
  INFO(ran.err);
  REQUIRE(ran.ok());
  CHECK(bytes_of_file(slip).starts_with("REÇU PROVISOIRE"));
  CHECK(bytes_of_file(slip).find(payment) != std::string::npos);
}
