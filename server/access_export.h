// Everything that is held about one person (GDPR art. 15): found by the schema's declaration, in business and engine
// tables alike, so that a table added tomorrow is in it tomorrow. A table belongs here by a column `case_id` or
// `debtor_id`; what else could hold a person (edits in quarantine) is looked through for the person's ids.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "server/court_file.h"
#include "server/paper_sections.h"
#include "server/person_requests.h"

namespace relance::server {

/// Does the table hold rows of persons, whatever their number?
[[nodiscard]] bool holds_persons(const schema::Table& table);

struct PersonTable {
  const schema::Table* table = nullptr;
  std::vector<Row> rows;  // in declared columns, in the order of the key
};
/// The rows of a debtor and his cases, table by table; tables without any are left out. REQUIRES: a transaction is
/// open.
[[nodiscard]] std::vector<PersonTable> rows_of_person(sql::Connection& db, const Id& debtor_id);

/// A value that may be about somebody else, or betray him: a person looks at it before it leaves the house (art.
/// 15(4)).
struct ForReview {
  std::string table, row, column;  // row: its key
  std::string value;
};
/// How `--withhold` names one: "table row column".
[[nodiscard]] std::string name_of(const ForReview& one);

struct PersonFile {
  std::string name;   // in the answer
  std::string title;  // what it is
  std::string content;
};

/// Which rule ends the keeping of a case, when and why, in a sentence.
using RetentionSpeaker = std::function<std::string(sql::Connection& db, const Id& case_id)>;

struct AccessAsk {
  Id debtor_id;
  CivilDate made_on;
  RetentionSpeaker retention = {};      // without one, the classes of the tables
  std::set<std::string> withheld = {};  // name_of(ForReview)
  bool is_reviewed = false;             // a person has looked at what may be about others
};

struct AccessExport {
  std::string person, controller, contact;
  CivilDate made_on;
  bool is_reviewed = false;
  std::vector<PersonTable> tables;
  std::set<std::string> withheld;
  std::vector<ForReview> review;
  std::vector<PersonFile> files;
  std::vector<Reach> devices;  // that hold it; one with edits of its own, or not up to date, may know more
  std::vector<std::string> recipients, sources;
  std::vector<std::pair<std::string, std::string>> retention;  // case, sentence
};

/// REQUIRES: a transaction is open. Failure(not_found) for a debtor who does not exist.
[[nodiscard]] AccessExport access_export(sql::Connection& db, const AccessAsk& ask);

[[nodiscard]] boost::json::object access_json(const AccessExport& all);
/// The answer for the person, in French.
[[nodiscard]] std::vector<PaperSection> access_paper(const AccessExport& all);
inline constexpr std::string_view kAccessTitle = "Vos données personnelles (RGPD art. 15)";

/// All of it as pieces of a folder or an archive: donnees.json, reponse.pdf, a-verifier.txt, and the files.
[[nodiscard]] Bundle access_bundle(const AccessExport& all);

}  // namespace relance::server
