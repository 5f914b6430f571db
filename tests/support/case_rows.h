// Rows of cases in a line each, for tests of what the office reads out of them.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "tests/support/world.h"
#include "tests/test.hpp"

namespace relance::test {

struct CaseRows : World {
  using Columns = std::initializer_list<std::pair<std::string_view, Value>>;

  server::DirectCommitter committer{office.ledger()};
  server::Author system{.staff_id = office.system(), .role = schema::office};

  /// Inserts a row as `staff` (the office itself when none is named). REQUIRES: no rule refuses it.
  Id add(std::string_view table, Columns columns, const Id* staff = nullptr) {
    const Id id = random.row_id(clock.now());
    const sync::Outcome outcome =
        office.edit(staff == nullptr ? office.system() : *staff, {insert_op(table, id, columns)});
    INFO(outcome.reason);
    REQUIRE(outcome.status == sync::Status::applied);
    return id;
  }
  void change(std::string_view table, const Id& id, Columns columns) {
    REQUIRE(office.edit(office.system(), {update_op(table, id, columns)}).status == sync::Status::applied);
  }

  Id add_case_of(const Id& of_creditor, const std::string& debtor, const std::string& opened_on) {
    const Id debtor_id = office.add_debtor(debtor);
    return add("case_file", {{"number", "T-" + std::to_string(++numbers)},
                             {"creditor_id", of_creditor},
                             {"debtor_id", debtor_id},
                             {"opened_on", opened_on}});
  }
  /// An invoice in the ledger and its claim; the claim's id.
  Id add_invoice(const Id& case_id, std::int64_t cents, const std::string& booked_on,
                 const std::string& due_on) {
    const std::string piece = "F" + std::to_string(++numbers);
    const Id entry = add("entry", {{"case_id", case_id},
                                   {"kind", "invoice"},
                                   {"account", "411000"},
                                   {"piece_ref", piece},
                                   {"booked_on", booked_on},
                                   {"amount_cents", cents}});
    return add("claim", {{"case_id", case_id},
                         {"piece_ref", piece},
                         {"issued_on", booked_on},
                         {"due_on", due_on},
                         {"gross_cents", cents},
                         {"entry_id", entry}});
  }
  Id add_received(const Id& case_id, std::int64_t cents, const std::string& paid_on) {
    return add("payment",
               {{"case_id", case_id}, {"amount_cents", cents}, {"paid_on", paid_on}, {"state", "received"}});
  }
  void hold(const Id& case_id, const Id& staff, const std::string& from) {
    add("assignment", {{"case_id", case_id}, {"staff_id", staff}, {"valid_from", from}});
  }
  /// A dated rule, where the office was made without its default.
  void rule(const std::string& code, std::int64_t amount, const std::string& from = "1990-01-01") {
    if (sql::number(office.db(), "SELECT 1 FROM dated_rule WHERE code = ?1", code)) return;
    add("dated_rule", {{"code", code}, {"valid_from", from}, {"amount", amount}});
  }

  int numbers = 0;
};

}  // namespace relance::test
