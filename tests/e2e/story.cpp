#include "tests/e2e/story.h"

namespace relance::e2e {
namespace {

namespace json = boost::json;

std::string text(const json::value& from, std::string_view name) {
  const auto* object = from.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string{};
}

std::int64_t number(const json::value& from, std::string_view name) {
  const auto* object = from.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains(name);
  return member != nullptr && member->is_int64() ? member->get_int64() : -1;
}

std::size_t length(const json::value& from, std::string_view name) {
  const auto* object = from.if_object();
  const auto* member = object == nullptr ? nullptr : object->if_contains(name);
  return member != nullptr && member->is_array() ? member->get_array().size() : 0;
}

std::string money(std::int64_t cents) {
  const std::string sign = cents < 0 ? "-" : "";
  const std::int64_t whole = cents < 0 ? -cents : cents;
  const std::string rest = std::to_string(whole % 100);
  return sign + std::to_string(whole / 100) + (rest.size() < 2 ? ".0" : ".") + rest;
}

std::string typed(const std::vector<std::string>& arguments) {
  std::string out;
  for (const std::string& one : arguments) {
    const bool quoted = one.find_first_of(" '\"") != std::string::npos;
    out += (out.empty() ? "" : " ") + (quoted ? "\"" + one + "\"" : one);
  }
  return out;
}

class Story {
 public:
  Story(const std::filesystem::path& directory, const Narrator& narrator)
      : n_(narrator),
        office_(directory / "office"),
        paul_(directory / "paul"),
        lea_(directory / "lea"),
        directory_(directory) {}

  void tell() {
    set_up_office();
    import_ledgers();
    assign_cases();
    enrol_both();
    work_offline();
    come_back();
    resolve_conflict();
    reassign_with_late_work();
    verify_all();
    office_.stop();
  }

 private:
  // What a person would type, shown and run.
  std::string office(const std::vector<std::string>& arguments, int expected = 0) {
    n_.command("relance-server " + typed(arguments));
    const Ran ran = office_(arguments);
    return judged(ran, arguments, expected);
  }
  std::string agent(const AgentProgram& who, const std::string& name,
                    const std::vector<std::string>& arguments, int expected = 0) {
    n_.command(name + "$ relance " + typed(arguments));
    const Ran ran = who(arguments);
    return judged(ran, arguments, expected);
  }
  std::string judged(const Ran& ran, const std::vector<std::string>& arguments, int expected) {
    n_.result(ran.out + (ran.ok() ? "" : ran.err));
    if (ran.exit_code != expected)
      throw StoryEnded("`" + typed(arguments) + "` ended with " + std::to_string(ran.exit_code) +
                       " instead of " + std::to_string(expected) + ": " + ran.err + ran.out);
    return ran.out;
  }

  void set_up_office() {
    n_.say(
        "An office is made: an encrypted database, its own certificate authority, a server. (Every command "
        "here also names its directory, with --data or --home; that is left out.)");
    office({"init", "--name", "Cabinet Martin"});
    office_.start();
    for (const auto& [name, role] :
         {std::pair<const char*, const char*>{"paul", "agent"}, {"lea", "agent"}, {"nadia", "clerk"}})
      office({"user", "add", name, "--role", role});
  }

  void import_ledgers() {
    n_.say(
        "Two creditors hand over their ledgers: the FEC export that every French company can make. Only "
        "customers' accounts (41x) are stored.");
    const std::string data = std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/";
    const auto import = [&](const std::string& file, const std::string& creditor) {
      n_.command("relance-server " + typed({"import", "fec", file, "--creditor", creditor}));
      const json::value report = office_.json({"import", "fec", data + file, "--creditor", creditor});
      n_.result(std::to_string(number(report, "lines_read")) + " lines read, " +
                std::to_string(number(report, "lines_kept")) + " of customers kept; " +
                std::to_string(number(report, "cases_opened")) + " cases opened; the ledger says " +
                money(number(report, "ledger_balance_cents")) + ", the cases together " +
                money(number(report, "cases_balance_cents")) + ".\n");
      n_.expect(number(report, "ledger_balance_cents") == number(report, "cases_balance_cents"),
                "the cases add up to the ledger");
      return report;
    };
    const json::value first = import("0000000001FEC20220831.txt", "Garage Meunier");
    import("000000000FEC20231231.txt", "Boulangerie Dupain");
    n_.expect(number(first, "lines_kept") == 538, "538 lines of customers' accounts are kept");
    n_.expect(number(first, "ledger_balance_cents") == 5251724, "the balance of 41x is 52,517.24");
    n_.say("The same file again changes nothing.");
    const json::value again = import("0000000001FEC20220831.txt", "Garage Meunier");
    n_.expect(number(again, "entries_added") == 0, "a second import adds nothing");
  }

  void assign_cases() {
    n_.say("The cases go to two agents who work from home; one case goes to both.");
    const json::value all = office_.json({"cases"});
    for (const json::value& one : all.at("cases").as_array())
      if (number(one, "balance_cents") > 0 && text(one, "stage") != "closed")
        cases_.push_back(text(one, "number"));
    n_.expect(cases_.size() >= 8, "eight debtors owe more than they are owed");
    if (cases_.size() < 6) throw StoryEnded("too few cases to share out");
    shared_ = cases_[0];
    moved_ = cases_[1];
    office({"assign", "--to", "paul", "--case", cases_[0], "--case", cases_[1], "--case", cases_[2], "--case",
            cases_[3]});
    office({"assign", "--to", "lea", "--case", cases_[4], "--case", cases_[5]});
    office({"assign", "--to", "lea", "--case", shared_, "--also"});
    office({"cases"});
  }

  void enrol_both() {
    n_.say(
        "Each agent enrols his laptop with a one-time code. The key is made there and never leaves it; the "
        "replica is encrypted under his passphrase.");
    for (const auto& [who, name] :
         {std::pair<const AgentProgram*, const char*>{&paul_, "paul"}, {&lea_, "lea"}}) {
      const std::string code = office_.invite(name);
      n_.command(std::string(name) + "$ relance enrol " + code.substr(0, 11) + "…");
      judged((*who)({"enrol", code}), {"enrol"}, 0);
    }
    agent(paul_, "paul", {"cases"});
    n_.expect(length(paul_.json({"cases"}), "cases") == 4, "paul has his four cases");
    n_.expect(length(lea_.json({"cases"}), "cases") == 3, "lea has her three cases");
  }

  std::string debtor_of(const AgentProgram& who, const std::string& number) {
    const json::value rows =
        who.json({"sql", "SELECT debtor_id FROM case_file WHERE number = '" + number + "'"});
    return std::string(rows.at("rows").at(0).at(0).as_string());
  }

  void work_offline() {
    n_.say("Now the server is stopped: no network for anybody. The work goes on.");
    office_.stop();
    agent(paul_, "paul", {"sync"}, 4);
    const std::string debtor = debtor_of(paul_, shared_);
    agent(paul_, "paul",
          {"add", "contact_event", "case_id=" + shared_, "outcome=promise", "reason=cash_flow",
           "note=Promet un virement de 250 euros vendredi."});
    agent(paul_, "paul",
          {"add", "promise", "case_id=" + shared_, "amount_cents=25000", "due_on=2026-11-27",
           "means=transfer"});
    agent(lea_, "lea", {"add", "contact_event", "case_id=" + shared_, "outcome=voicemail"});
    agent(lea_, "lea",
          {"add", "contact_event", "case_id=" + cases_[4], "outcome=reached",
           "note=Demande copie de la facture."});
    n_.say("Both work on the shared debtor: first different columns, then the same one.");
    agent(paul_, "paul", {"edit", "debtor", debtor, "legal_name=Transports Lenoir SARL"});
    agent(lea_, "lea", {"edit", "debtor", debtor, "language=en"});
    agent(paul_, "paul", {"edit", "debtor", debtor, "trade_name=Lenoir Express"});
    agent(lea_, "lea", {"edit", "debtor", debtor, "trade_name=Lenoir Transports"});
    agent(paul_, "paul", {"status"});
    n_.expect(number(paul_.json({"status"}), "pending") == 4, "paul has four edits waiting");
    n_.expect(number(lea_.json({"status"}), "pending") == 4, "lea has four edits waiting");
    n_.say("What is not the agent's to write is refused on the laptop already.");
    agent(paul_, "paul", {"edit", "debtor", debtor, "siren=552032534"}, 3);
  }

  void come_back() {
    n_.say(
        "The server is back. Both sync: what is different merges; what is the same column waits for a "
        "person, with both values.");
    office_.start("127.0.0.1:" + std::to_string(office_.port()));
    agent(paul_, "paul", {"sync"});
    const std::string met = agent(lea_, "lea", {"sync"});
    n_.expect(met.starts_with("sent 4, merged 0, conflicts 1, refused 0"),
              "one of lea's four edits is in conflict");
    agent(paul_, "paul", {"sync"});
    n_.expect(number(paul_.json({"status"}), "pending") == 0 && number(lea_.json({"status"}), "pending") == 0,
              "nothing waits any more");
    const json::value both =
        office_.json({"sql", "SELECT legal_name, language FROM debtor WHERE language = 'en'"});
    n_.expect(
        both.at("rows").as_array().size() == 1 && both.at("rows").at(0).at(0) == "Transports Lenoir SARL",
        "the two columns merged");
    agent(lea_, "lea", {"conflicts"});
  }

  void resolve_conflict() {
    n_.say("The clerk sees both values with their authors, and chooses.");
    office({"conflicts"});
    const json::value conflicts = office_.json({"conflicts"});
    n_.expect(length(conflicts, "conflicts") == 1, "there is one conflict");
    const std::string id = text(conflicts.at("conflicts").at(0), "id");
    office({"conflict", "resolve", id, "--take", "proposed", "--as", "nadia"});
    agent(paul_, "paul", {"sync"});
    agent(lea_, "lea", {"sync"});
    const json::value name = paul_.json({"sql", "SELECT trade_name FROM debtor WHERE language = 'en'"});
    n_.expect(name.at("rows").at(0).at(0) == "Lenoir Transports", "both laptops have the chosen name");
    n_.expect(length(office_.json({"conflicts"}), "conflicts") == 0, "no conflict is open");
  }

  void reassign_with_late_work() {
    n_.say(
        "A case is handed to lea while paul, who has not heard, logs a call and changes its next action. "
        "Facts are accepted and marked late; the change is kept for lea to decide.");
    const json::value id = paul_.json({"sql", "SELECT id FROM case_file WHERE number = '" + moved_ + "'"});
    agent(paul_, "paul",
          {"add", "contact_event", "case_id=" + moved_, "outcome=reached",
           "note=Rappeler lundi, veut solder."});
    agent(paul_, "paul",
          {"edit", "case_file", std::string(id.at("rows").at(0).at(0).as_string()),
           "next_action_on=2026-11-30"});
    office({"assign", "--to", "lea", "--case", moved_});
    agent(paul_, "paul", {"sync"});
    agent(lea_, "lea", {"sync"});
    n_.expect(length(paul_.json({"cases"}), "cases") == 3, "the case has left paul's laptop");
    const json::value late = lea_.json({"sql", "SELECT count(*) FROM contact_event WHERE late = 1"});
    n_.expect(late.at("rows").at(0).at(0) == 1, "lea sees paul's late call, marked");
    n_.expect(length(lea_.json({"conflicts"}), "conflicts") == 1,
              "lea has paul's late change to take or dismiss");
    agent(lea_, "lea", {"conflicts"});
  }

  void verify_all() {
    n_.say("Do the laptops hold exactly what the server says they hold? Bucket by bucket, by hash.");
    agent(paul_, "paul", {"verify"});
    agent(lea_, "lea", {"verify"});
    office({"verify"});
    n_.say("The office's view:");
    office({"status"});
  }

  const Narrator& n_;
  OfficeProgram office_;
  AgentProgram paul_, lea_;
  std::filesystem::path directory_;
  std::vector<std::string> cases_;
  std::string shared_, moved_;
};

}  // namespace

void tell_story(const std::filesystem::path& directory, const Narrator& narrator) {
  std::filesystem::create_directories(directory);
  Story(directory, narrator).tell();
}

}  // namespace relance::e2e
