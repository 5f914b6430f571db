// The record of processing activities (GDPR art. 30), out of the schema's declaration and the office's own rows: whose
// data, which categories, for what, who gets them, how long, and how they are kept safe.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "host/sql.h"
#include "schema/types.h"
#include "server/paper_sections.h"

namespace relance::server {

/// A kind of persons, with the columns that say something about them.
struct PersonsRecorded {
  std::string name, purpose;
  struct Category {
    schema::Privacy category = schema::Privacy::none;
    std::vector<std::string> columns;  // table.column
  };
  std::vector<Category> categories;
};

struct ProcessingRegister {
  std::string controller, address, contact;
  std::vector<PersonsRecorded> persons;
  std::vector<std::pair<std::string, std::string>> retention;  // what, how long and why
  std::vector<std::string> recipients, measures;
};
/// REQUIRES: a transaction is open.
[[nodiscard]] ProcessingRegister processing_register(sql::Connection& db);

/// The kind of persons that a personal column speaks of; empty for a column that says nothing about a person.
[[nodiscard]] std::string persons_of(const schema::Table& table, const schema::Column& column);

[[nodiscard]] boost::json::object register_json(const ProcessingRegister& all);
[[nodiscard]] std::vector<PaperSection> register_paper(const ProcessingRegister& all);
inline constexpr std::string_view kRegisterTitle = "Registre des activités de traitement (RGPD art. 30)";

}  // namespace relance::server
