// What an account comes to once a ledger is in: docs/decisions/010-ledger-imports.md, over every small account.
// The import itself is told in fec_import_test.cpp.
#include "server/ledger_match.h"

#include "tests/test.hpp"

using namespace relance;
using namespace relance::server;

TEST_CASE(
    "a case is owed while claims exceed credits and the balance is a debit; else it closes with its reason") {
  for (std::int64_t balance = -2; balance <= 2; ++balance)
    for (std::int64_t claimed = 0; claimed <= 2; ++claimed)
      for (std::int64_t credit = 0; credit <= 2; ++credit) {
        INFO("balance " << balance << ", claimed " << claimed << ", credit " << credit);
        const AccountStanding account{
            .balance_cents = balance, .claimed_cents = claimed, .credit_cents = credit};
        // Nobody is asked for money that the ledger, or a credit that is not set against a claim yet, says is paid.
        CHECK(account.is_owed() == (balance > 0 && claimed - credit > 0));
        if (account.is_owed()) continue;
        const std::string_view reason = account.closed_reason();
        const bool more_credit_than_debit = balance < 0 || claimed - credit < 0;
        if (more_credit_than_debit) CHECK(reason == "credit_balance");
        if (!more_credit_than_debit && balance == 0) CHECK(reason == "settled");
        if (!more_credit_than_debit && balance > 0) CHECK(reason == "nothing_due");
        CHECK(is_import_reason(reason));  // and so the next ledger may open it again
      }
  for (const char* of_a_person : {"", "paid", "Settled", "settled "})
    CHECK_FALSE(is_import_reason(of_a_person));
}
