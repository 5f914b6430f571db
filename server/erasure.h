// THE path of erasure on the server: what a case leaves behind when it goes, and the proof that nothing else is left.
//
// It follows the declaration: every table of the office with a `case_id` or a `debtor_id` is covered, also one that is
// added tomorrow. Kept are figures for accounting (vouchers that lead nowhere), the journal of purges, and keyed hashes
// by which a late edit or a second import of the same person is recognised.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/needles.h"
#include "server/ledger.h"
#include "sync/erasure.h"

namespace relance::server {

struct ErasureTerms {
  std::string rule;             // code of the retention rule, or of the order
  bool keeps_vouchers = false;  // accounting vouchers outlive the case
  std::int64_t voucher_months = 120;
  std::int64_t remember_months = 13;
};

struct ErasedCase {
  bool was_there = false;  // false: nothing of it was left (an order that is carried out again)
  std::int64_t rows = 0;
  std::int64_t vouchers = 0;
  std::string vouchers_until;  // ISO day of the last; empty without any
  std::int64_t devices = 0;    // that are told
};

/// The debtor, where this is the last of his cases and he goes with it.
[[nodiscard]] std::optional<Id> debtor_going_with(sql::Connection& db, const Id& case_id);

/// Rows that would go with the case, and vouchers that would stay: for a plan.
[[nodiscard]] ErasedCase weigh_erasure(sql::Connection& db, const Id& case_id, const ErasureTerms& terms);

/// Erases the case, and the debtor that the order names unless another case of his is there. What was erased is added
/// to `needles`. Devices that were ever sent it owe a receipt from here on.
/// REQUIRES: a Work is open; the order stands in the erasure ledger, durably; nobody watches references meanwhile
/// (sql::UnwatchedReferences): rows that point at each other go in any order.
ErasedCase erase_case(Ledger& ledger, const sync::ErasureOrder& order, const Id& run,
                      const ErasureTerms& terms, Needles& needles);

/// The database was put back from before: what its devices were sent since is not known here, and from here on orders
/// go to all of them. REQUIRES: a Work is open.
void note_put_back(sql::Connection& db);
[[nodiscard]] bool was_put_back(sql::Connection& db);
/// Orders to whomever, newest first, at most `limit`.
[[nodiscard]] std::vector<sync::ErasureOrder> newest_orders(sql::Connection& db, std::size_t limit);
/// To a device that this database has never heard of, and that may hold whatever was erased. REQUIRES: a Work is open.
void order_everything(sql::Connection& db, const Id& device);

/// Takes note of a device's receipt. False where no such order is due from it (a repetition is none).
/// `public_keys` of the device are read from `device_key`. REQUIRES: a Work is open.
bool take_receipt(Ledger& ledger, const Id& device, const sync::ErasureReceipt& receipt);

/// The orders that the device owes a receipt for, oldest first, at most `limit`.
[[nodiscard]] std::vector<sync::ErasureOrder> orders_due(sql::Connection& db, const Id& device,
                                                         std::size_t limit);

/// What the device was sent: who is told to erase later. REQUIRES: a Work is open.
void note_holdings(sql::Connection& db, const Id& device, const std::vector<Id>& cases, Ms now);
/// Cases past the cursor that the device was not sent before: they are noted before the answer leaves.
[[nodiscard]] std::vector<Id> cases_to_note(sql::Connection& db, const Id& staff, const Id& device,
                                            std::int64_t after, bool is_bootstrap);
/// What the device had taken in as gone when its cursor came from `before` to `after`. REQUIRES: a Work is open.
void note_drops(sql::Connection& db, const Id& staff, const Id& device, std::int64_t before,
                std::int64_t after, Ms now);

/// It says that nothing of its replica is left: what it owed is answered by that. REQUIRES: a Work is open.
void note_wiped(sql::Connection& db, const Id& device);
/// Devices whose lease and grace are over have destroyed their key, if they are honest: their orders become expired,
/// which is not erased. How many receipts that were. REQUIRES: a Work is open.
std::int64_t expire_receipts(Ledger& ledger);

struct Residue {
  std::int64_t scanned_bytes = 0;
  std::int64_t found = 0;            // needles that stand somewhere although no row holds them
  std::vector<std::string> example;  // table of a first few, where it can be said: never the value
};

/// Looks for every needle in every page of the database. What a row still holds (another person of the same name) is no
/// residue. `key`: of the database file. REQUIRES: rewrite_sqlite() came before.
[[nodiscard]] Residue look_for_residue(sql::Connection& db, const std::optional<std::string>& key,
                                       Needles& needles);

}  // namespace relance::server
