#include "tests/pages/requirements.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace relance::test {
namespace {

constexpr std::array kRequirements{
    Requirement{1, "fiche débiteur: debtor file",
                "relance case, relance cases, relance edit, relance-server case",
                "duplicates of one debtor are not merged by a command yet"},
    Requirement{2, "recherche d'informations: enquiries", "relance enquiry",
                "bulk look-ups in company registers: no registry is reachable from here"},
    Requirement{3, "analyse du compte: account analysis",
                "relance case, relance-server case, relance-server report", ""},
    Requirement{4, "bien-fondé de la créance: validity of the claim", "relance-server intake", ""},
    Requirement{5, "B2B ou B2C: nature of the debt", "relance-server edit, relance case", ""},
    Requirement{6, "balance âgée: aged balance", "relance case, relance-server report", ""},
    Requirement{7, "DSO / DMRC: days sales outstanding", "relance-server report", ""},
    Requirement{8, "cotation du risque: risk score", "relance cases",
                "the score is computed when it is shown and not stored; an agent's opinion is a note"},
    Requirement{9, "incident, privilège: incident and lien", "relance-server insolvency",
                "a registered lien has no table of its own: it is entered as an event of kind `other`"},
    Requirement{10, "conditions de vente: credit terms", "relance-server rate, relance-server edit",
                "penalty clauses are not read"},
    Requirement{11, "garanties: guarantees and security", "",
                "no table yet; a guarantor is a party of the case"},
    Requirement{12, "prioriser les relances: the worklist", "relance cases, relance today", ""},
    Requirement{13, "objectifs: targets", "relance today, relance-server target", ""},
    Requirement{14, "moment de contact: contact policy", "relance call", ""},
    Requirement{15, "argumentaire: call script", "relance call, relance case",
                "scripts and objections have no table; what the law wants said is shown"},
    Requirement{16, "pré-relance: pre-due reminder", "relance-server letters", ""},
    Requirement{17, "relance téléphonique: collection call", "relance call", ""},
    Requirement{18, "relance écrite: dunning letters", "relance-server letter, relance-server letters", ""},
    Requirement{19, "lettre R124-4: statutory letter", "relance-server letter", ""},
    Requirement{20, "mise en demeure: formal notice", "relance-server letter", ""},
    Requirement{21, "recommandé: registered letter", "relance-server letter", ""},
    Requirement{22, "courriers reçus: inbound mail", "relance mail", ""},
    Requirement{23, "raisons du non-paiement: reason codes", "relance call, relance-server report", ""},
    Requirement{24, "promesse: promise to pay", "relance promise, relance-server daily",
                "grace is counted in national working days: the holidays of one region bar calls only"},
    Requirement{25, "échéancier: instalment plan", "relance plan, relance-server decide", ""},
    Requirement{26, "moratoire: moratorium", "relance moratorium, relance-server decide", ""},
    Requirement{27, "nouvel échéancier: re-plan", "relance plan, relance-server decide", ""},
    Requirement{28, "litige: dispute", "relance dispute", ""},
    Requirement{29, "alerter le responsable: escalation", "relance escalate, relance-server escalations", ""},
    Requirement{30, "informer les services: internal notice", "relance notice, relance-server escalations",
                ""},
    Requirement{31, "valider en droit et en opportunité: approval",
                "relance-server proposals, relance-server decide", ""},
    Requirement{32, "remise, transaction: settlement",
                "relance discount, relance-server decide, relance-server daily", ""},
    Requirement{33, "encaissements: payments", "relance payment, relance-server import, relance-server bank",
                ""},
    Requirement{34, "lettrage: matching", "relance-server bank", ""},
    Requirement{35, "intérêts de retard: late interest",
                "relance case, relance-server case, relance-server rate",
                "interest is shown and asked in letters, not booked as an entry"},
    Requirement{36, "indemnité de 40 EUR: fixed indemnity", "relance case, relance-server rule", ""},
    Requirement{37, "frais de recouvrement: collection costs", "relance-server add", ""},
    Requirement{38, "avoirs, impayés: credit notes and returned items",
                "relance-server import, relance-server report",
                "doubtful debts stay in the creditor's ledger"},
    Requirement{39, "instruments de paiement: means of payment", "relance payment, relance-server bank", ""},
    Requirement{40, "quittance: receipt", "relance-server letter, relance receipt", ""},
    Requirement{41, "reversement: remittance", "relance-server remittance", ""},
    Requirement{42, "honoraires: agency fee", "relance-server remittance",
                "tax on the fee is left to the accounts"},
    Requirement{43, "résultats: recovery rate", "relance-server report", ""},
    Requirement{44, "prescription: limitation clock", "relance case, relance-server case, relance-server add",
                ""},
    Requirement{45, "échéances, audiences: calendar", "relance-server court, relance today", ""},
    Requirement{46, "dossier contentieux: litigation bundle", "relance-server court, relance-server document",
                ""},
    Requirement{47, "injonction de payer: payment order", "relance-server court", ""},
    Requirement{48, "petites créances: simplified procedure", "relance-server court", ""},
    Requirement{49, "titre exécutoire: enforcement", "relance-server court", ""},
    Requirement{50, "procédures collectives: insolvency", "relance-server bodacc, relance-server insolvency",
                ""},
    Requirement{51, "surendettement: over-indebtedness", "relance-server insolvency, relance-server decide",
                ""},
    Requirement{52, "majeurs protégés: protected adults", "relance call, relance-server party", ""},
    Requirement{53, "traçabilité: activity log", "relance call, relance-server verify", ""},
    Requirement{54, "compte rendu d'activité: activity report", "relance-server report", ""},
    Requirement{55, "demandes RGPD: rights of persons", "relance task",
                "answering a request is the work on rights: here its day is recorded"},
    Requirement{56, "portefeuille: assignment", "relance-server assign", ""},
    Requirement{57, "rapports aux créanciers: creditor reports", "relance-server report", ""},
    Requirement{58, "contrôle des délais: compliance control", "relance-server check", ""},
    Requirement{59, "paiement et envoi en ligne: e-payment, e-mail, SMS", "",
                "channels are plug-ins outside the core; letters and calls are what there is"},
    Requirement{60, "imports et exports: import and export", "relance-server import, relance-server imports",
                "exports are CSV and PDF; no XLSX"},
    Requirement{61, "interlocuteurs: third parties", "relance-server party", ""},
    Requirement{
        62, "consignes: company instructions", "relance-server rule, relance-server template",
        "instructions in prose have no table; dated rules and templates are refused past their last day"},
};

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// The name of a test and its tags, joined across the lines that a literal is split over.
std::vector<std::string> cases_in(const std::string& source) {
  std::vector<std::string> out;
  static const std::string kBegin = "TEST_CASE(";
  for (std::size_t at = source.find(kBegin); at != std::string::npos; at = source.find(kBegin, at + 1)) {
    const std::size_t end = source.find(") {", at);
    if (end == std::string::npos) break;
    std::string text = source.substr(at + kBegin.size(), end - at - kBegin.size());
    static const std::regex kSplit("\"\\s*\\n\\s*\"");
    out.push_back(std::regex_replace(text, kSplit, ""));
  }
  return out;
}

std::string name_of_case(const std::string& text) {
  const std::size_t from = text.find('"') + 1;
  std::size_t to = from;
  while (to < text.size() && (text[to] != '"' || text[to - 1] == '\\')) ++to;
  return text.substr(from, to - from);
}

std::string label(int number) { return std::string(number < 10 ? "R0" : "R") + std::to_string(number); }

}  // namespace

std::span<const Requirement> requirements() { return kRequirements; }

std::map<int, std::vector<std::string>> tests_by_requirement(const std::filesystem::path& root) {
  std::set<std::filesystem::path> files;
  for (const char* folder : {"tests/unit", "tests/scenario", "tests/e2e"})
    for (const auto& entry : std::filesystem::directory_iterator(root / folder))
      if (entry.path().extension() == ".cpp") files.insert(entry.path());
  static const std::regex kNumber("R([0-9]{2})\\b");
  std::map<int, std::vector<std::string>> out;
  for (const auto& file : files)
    for (const std::string& text : cases_in(text_of(file))) {
      std::set<int> numbers;
      for (std::sregex_iterator it(text.begin(), text.end(), kNumber), none; it != none; ++it)
        numbers.insert(std::stoi((*it)[1].str()));
      for (const int number : numbers)
        out[number].push_back(file.filename().string() + ": " + name_of_case(text));
    }
  return out;
}

std::string requirements_page(const std::filesystem::path& root) {
  const auto tests = tests_by_requirement(root);
  std::ostringstream out;
  out << "# Requirements\n\n"
         "Generated from `tests/pages/requirements.cpp` and the names of the tests by `./relance-dev "
         "requirements`; a test "
         "holds this\npage to them. What is not built says so, and why.\n\n"
         "| | requirement | command | not built, and why | tests |\n|---|---|---|---|---|\n";
  for (const Requirement& one : kRequirements) {
    const auto found = tests.find(one.number);
    out << "| " << label(one.number) << " | " << one.title << " | "
        << (one.commands.empty() ? "-" : std::string(one.commands)) << " | " << one.remark << " | ";
    if (found == tests.end()) {
      out << "none";
    } else {
      for (std::size_t i = 0; i < found->second.size(); ++i) out << (i == 0 ? "" : "; ") << found->second[i];
    }
    out << " |\n";
  }
  return out.str();
}

}  // namespace relance::test
