// Values that nobody else has, put into every column that can hold one, and the search for them in files: as they are
// and in the disguises in which a program may have kept them.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "host/needles.h"
#include "host/sql.h"
#include "schema/lookup.h"
#include "tests/support/chance.h"

namespace relance::test {

class NeedleHunt {
 public:
  /// A new value for the column: at most its bytes, in a form that fits it. It will be looked for.
  [[nodiscard]] std::string make(std::string_view table, const schema::Column& column);

  /// Where any of them stands in a file below `directory`, in any of twelve forms: "file: table.column (form)". Plain
  /// files; encrypted ones prove nothing here.
  [[nodiscard]] std::vector<std::string> found_below(const std::filesystem::path& directory);
  [[nodiscard]] std::size_t size() const { return names_.size(); }

  /// Looks for a value of the caller's own too.
  void look_for(const std::string& value, const std::string& name) { add_forms(value, name); }
  /// Adds to `found` where any of them stands in `bytes`: "where: name (form)", each once.
  void search(std::string_view bytes, const std::string& where, std::vector<std::string>& found);

 private:
  void add_forms(const std::string& value, const std::string& name);

  std::map<std::string, std::string> names_;  // value -> table.column
  std::vector<std::string> form_names_;       // of each needle
  Needles needles_;
  bool is_settled_ = false;
  int next_ = 0;
};

/// Fills every column of text or bytes that a case, its debtor and what hangs on them can have: one row more in each
/// table of the office with a case_id or debtor_id, made from the declaration. Returns how many tables were filled.
int fill_with_needles(sql::Connection& office, NeedleHunt& hunt, SeededRandom& random, const Id& case_id,
                      const Id& debtor, const Id& staff, const Id& device);

}  // namespace relance::test
