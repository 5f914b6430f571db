// Whose data was on a device, as of its last contact, and what protects it there: what a lost laptop asks for (GDPR
// art. 33 and 34). Everything follows from rows, nothing from the clock of the hour: the same office, the same bytes.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "schema/types.h"
#include "server/paper_sections.h"

namespace relance::server {

struct ExposedCase {
  Id case_id;
  std::string number, creditor, debtor, debtor_kind;  // empty for a case that has been erased since
  bool is_erased = false;
  bool is_recorded = false;  // in the record of what the device was sent; else by the feed alone
  Ms since_at = 0;           // when it was first sent; 0: before there was a record
  std::map<schema::Privacy, std::int64_t> rows;  // of each category: rows that say such a thing
};

struct Exposure {
  Id device;
  std::string user, machine, state;
  Ms enrolled_at = 0, last_sync_at = 0, lease_until = 0;
  std::int64_t pending = 0;   // edits it kept back at its last contact; what it wrote later nobody here knows
  std::optional<Ms> lost_at;  // when the office first said that it is lost: the 72 hours begin
  std::vector<ExposedCase> cases;                 // by number
  std::int64_t persons = 0, natural_persons = 0;  // debtors; those that are or may be natural persons
};

/// REQUIRES: the device exists; a transaction is open.
[[nodiscard]] Exposure exposure_of(sql::Connection& db, const Id& device);

/// When the authority has to be told at the latest (art. 33(1)); nothing before the device was said to be lost.
[[nodiscard]] std::optional<Ms> notice_due_at(const Exposure& exposure);

[[nodiscard]] boost::json::object exposure_json(const Exposure& exposure);
[[nodiscard]] std::string exposure_text(const Exposure& exposure);

/// The draft of the notice to the authority, in French: what is known filled in, what a person has to say named.
[[nodiscard]] std::vector<PaperSection> breach_notice(sql::Connection& db, const Exposure& exposure);
inline constexpr std::string_view kBreachTitle =
    "Projet de notification d'une violation de données (RGPD art. 33)";

}  // namespace relance::server
