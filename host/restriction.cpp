#include "host/restriction.h"

#include <cctype>
#include <string>

#include "schema/lookup.h"

namespace relance {
namespace {

using schema::Table;
using schema::Way;

// The schema that the tables themselves are in, under a view of the same name.
std::string base_of(const sql::Connection& db) {
  return db.dialect() == schema::Dialect::sqlite ? "main." : "public.";
}

constexpr std::string_view kRestricted = "restricted_case";          // id, number, debtor_id
constexpr std::string_view kRestrictedDebtor = "restricted_debtor";  // id

// What of the table is shown; empty when all of it is.
std::string condition_of(const Table& t) {
  const std::string no_case = " NOT IN (SELECT id FROM " + std::string(kRestricted) + ")";
  const std::string no_debtor = " NOT IN (SELECT id FROM " + std::string(kRestrictedDebtor) + ")";
  if (t.way == Way::root) return "restricted = 0";
  if (t.way == Way::debtor) return "id" + no_debtor;
  if (t.way != Way::by_case) return {};
  const bool has_debtor = schema::find_column(t, "debtor_id").has_value();
  if (!schema::find_column(t, "case_id")) return has_debtor ? "debtor_id" + no_debtor : std::string();
  const std::string of_case = "case_id" + no_case;
  if (!has_debtor) return "case_id IS NULL OR " + of_case;
  return "CASE WHEN case_id IS NOT NULL THEN " + of_case + " ELSE debtor_id IS NULL OR debtor_id" +
         no_debtor + " END";
}

// A connection for reading lets nothing be made, not even in memory; the database itself stays closed to writing by the
// way it was opened.
class MayMake {
 public:
  explicit MayMake(sql::Connection& db)
      : db_(db),
        was_closed_(db.dialect() == schema::Dialect::sqlite &&
                    sql::number(db, "PRAGMA query_only").value_or(0) != 0) {
    if (was_closed_) db_.execute("PRAGMA query_only = OFF");
  }
  MayMake(const MayMake&) = delete;
  MayMake& operator=(const MayMake&) = delete;
  ~MayMake() {
    if (was_closed_) db_.execute("PRAGMA query_only = ON");
  }

 private:
  sql::Connection& db_;
  bool was_closed_;
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::int64_t hide_restricted(sql::Connection& db) {
  const std::string base = base_of(db);
  if (!sql::number(db, "SELECT 1 FROM " + base + "case_file WHERE restricted <> 0 LIMIT 1")) return 0;
  const MayMake open(db);
  const auto make = [&](std::string_view name, const std::string& query) {
    db.execute("CREATE TEMP TABLE " + std::string(name) + " AS " + query);
  };
  make(kRestricted, "SELECT id, number, debtor_id FROM " + base + "case_file WHERE restricted <> 0");
  make(kRestrictedDebtor, "SELECT DISTINCT r.debtor_id AS id FROM " + std::string(kRestricted) +
                              " r WHERE NOT EXISTS (SELECT 1 FROM " + base +
                              "case_file o WHERE o.debtor_id = r.debtor_id AND o.restricted = 0)");
  const int version = std::stoi(sql::get_meta(db, "schema").value_or("0"));
  for (const Table& t : schema::business_tables()) {
    const std::string condition = t.since > version ? std::string() : condition_of(t);
    const std::string name{t.name};
    if (!condition.empty())
      db.execute("CREATE TEMP VIEW " + name + " AS SELECT * FROM " + base + name + " WHERE " + condition);
  }
  return sql::number(db, "SELECT count(*) FROM " + std::string(kRestricted)).value_or(0);
}

std::int64_t count_restricted(sql::Connection& db) {
  return sql::number(db, "SELECT count(*) FROM " + base_of(db) + "case_file WHERE restricted <> 0")
      .value_or(0);
}

bool is_restricted(sql::Connection& db, std::string_view number_or_id) {
  const std::string from = "SELECT restricted FROM " + base_of(db) + "case_file WHERE ";
  if (const auto by_number = sql::number(db, from + "number = ?1", number_or_id)) return *by_number != 0;
  const auto id = Id::parse(number_or_id);
  return id && sql::number(db, from + "id = ?1", *id).value_or(0) != 0;
}

bool is_restricted(sql::Connection& db, const std::optional<Id>& case_id,
                   const std::optional<Id>& debtor_id) {
  if (case_id)
    return sql::number(db, "SELECT restricted FROM case_file WHERE id = ?1", *case_id).value_or(0) != 0;
  return debtor_id &&
         sql::number(db, "SELECT min(restricted) FROM case_file WHERE debtor_id = ?1", *debtor_id)
                 .value_or(0) != 0;
}

bool reaches_behind(std::string_view query) {
  for (const std::string_view base : {std::string_view("main"), std::string_view("public")})
    for (std::size_t at = 0; at + base.size() <= query.size(); ++at) {
      std::size_t same = 0;
      while (same < base.size() && std::tolower(static_cast<unsigned char>(query[at + same])) == base[same])
        ++same;
      const bool begins = at == 0 || !is_word(query[at - 1]);
      const bool ends = at + base.size() == query.size() || !is_word(query[at + base.size()]);
      if (same == base.size() && begins && ends) return true;
    }
  return false;
}

}  // namespace relance
