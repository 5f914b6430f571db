// Law and policy as dated rows: what holds on which day, and what nobody has entered.
#include "host/dated_rules.h"

#include "host/failure.h"
#include "server/reference_data.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

struct LawWorld : World {
  server::Author system{.staff_id = office.system(), .role = schema::office};

  std::int64_t add_defaults() {
    server::Ledger::Work work(office.ledger());
    const std::int64_t added = server::add_reference_rows(office.ledger(), system);
    work.commit();
    return added;
  }
  void rule(const char* code, const char* from, std::int64_t amount) {
    clock.advance(1'000);
    REQUIRE(office
                .edit(office.system(), {insert_op("dated_rule", random.row_id(clock.now()),
                                                  {{"code", std::string(code)},
                                                   {"valid_from", std::string(from)},
                                                   {"amount", amount}})})
                .status == sync::Status::applied);
  }
};

}  // namespace

TEST_CASE("R62: an instruction holds from its day on, and earlier days keep what held then", "[R62]") {
  LawWorld w;
  w.add_defaults();
  w.rule("contact_block_count", "2027-01-01", 3);
  CHECK(dated_amount(w.office.db(), "contact_block_count", "2026-12-31") == 4);
  CHECK(dated_amount(w.office.db(), "contact_block_count", "2027-01-01") == 3);
  w.rule("contact_block_count", "2027-01-01", 2);  // a correction of the same day
  CHECK(dated_amount(w.office.db(), "contact_block_count", "2027-06-01") == 2);
  const DatedRules all(w.office.db());
  CHECK(all.at("contact_block_count", "2026-12-31") == 4);
  CHECK(all.at("contact_block_count", "2027-06-01") == 2);
}

TEST_CASE("R62: what nobody has entered is not guessed: the missing row is named with its command", "[R62]") {
  LawWorld w;
  CHECK_FALSE(find_dated_amount(w.office.db(), "indemnity_cents", "2026-11-21").has_value());
  try {
    static_cast<void>(dated_amount(w.office.db(), "indemnity_cents", "2026-11-21"));
    FAIL("a missing rule was read");
  } catch (const Failure& failure) {
    CHECK(failure.code() == Code::not_found);
    CHECK_THAT(failure.message(), Catch::Contains("relance-server rule set indemnity_cents"));
  }
}

TEST_CASE("the rows that an office begins with are added once, and never over what it has entered") {
  LawWorld w;
  w.rule("promise_grace_days", "1990-01-01", 5);
  const std::int64_t added = w.add_defaults();
  CHECK(added > 80);
  CHECK(w.add_defaults() == 0);
  CHECK(dated_amount(w.office.db(), "promise_grace_days", "2026-11-21") == 5);
  CHECK(dated_amount(w.office.db(), "service_payment_order_months", "2026-08-31") == 6);
  CHECK(dated_amount(w.office.db(), "service_payment_order_months", "2026-09-01") == 3);
}
