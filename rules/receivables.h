// What a creditor's ledger says that customers owe: debtors, their claims, what stands against them, and
// what may be asked. Pure functions on neutral ledger lines; the readers of files convert to these.
//
// All money is int64 cents. REQUIRES everywhere: the absolute amounts of all lines together fit int64
// (the readers refuse a file where they do not), so no sum here can overflow.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relance {

/// One line of a customers' account (41x of the French chart). Texts are UTF-8 without padding.
struct LedgerLine {
  std::string journal;
  std::string account;
  std::string account_label;
  std::string aux_account;  // the customer's own account, or empty
  std::string aux_label;
  std::string piece_ref;
  std::string label;
  std::string letter;     // lettrage: lines with one letter were matched by the accountant; empty = open
  std::string booked_on;  // ISO date
  std::string piece_on;   // ISO date, or empty
  std::int64_t amount_cents = 0;  // debit positive
  bool is_opening = false;        // of the opening journal: restates what an earlier year's file held
};

/// Who owes: the customer's account, or the general account where there is none.
[[nodiscard]] const std::string& debtor_key(const LedgerLine& line);

/// Open debits of these become claims, their open credits stand against them: 411 customers, 413 bills
/// receivable, 416 doubtful. Others (418 not invoiced yet, 419 advances received ...) are entries only:
/// nothing can be asked on them, and an advance belongs to its own order until the accountant applies it.
[[nodiscard]] bool is_claim_account(std::string_view account);

/// Names each line the same in every export that holds it: one canonical byte string a line, for the caller
/// to hash within one creditor.
///
/// In it: journal, booking date, account, customer's account, piece and its date, label, amount; then the
/// ordinal among lines alike in all of these ("the 2nd line like this").
/// Not in it, because a later export may differ: letter, dates of lettering and validation, position, names
/// of journals, accounts and customers (renamed at will), and the écriture's number, which some programs
/// give only at validation (0 until then) and others anew with each export. Leaving it out loses nothing:
/// lines that differ by it alone are told apart by the ordinal.
/// Of equal lines the settled ones come first, then by letter: so neither keys nor what they settle depend
/// on the order of lines.
[[nodiscard]] std::vector<std::string> line_keys(std::span<const LedgerLine> lines);

/// Which lines are settled: those whose letter, within one debtor, sums to zero. A letter that does not is
/// a partial match; all its lines stay open. Letters are case-sensitive (small ones mark partial matches in
/// some programs) and are taken per debtor over all accounts: a bill moved from 411 to 413 bears one letter.
[[nodiscard]] std::vector<bool> settled_lines(std::span<const LedgerLine> lines);

/// What an entry is, as far as a ledger tells. A guess for people to read: no sum depends on it.
enum class EntryKind {
  invoice,      // a debit
  returned,     // a debit in a journal of cash: a bounced payment, or a refund
  credit_note,  // a credit in a journal of sales
  payment,      // any other credit: cash, until somebody says otherwise
  adjustment,   // 410, 412, 418, 419 ...: entries only
};

/// The stable word: "invoice", "returned", "credit_note", "payment", "adjustment".
[[nodiscard]] std::string_view entry_kind_name(EntryKind kind);

/// One ledger line of a debtor.
struct LedgerEntry {
  std::size_t line = 0;  // index into the lines given
  std::string key;
  EntryKind kind = EntryKind::invoice;
  std::int64_t amount_cents = 0;  // debit positive
  bool is_settled = false;
};

/// An open debit. Once stored, a claim whose entry comes back settled is paid; its key finds it.
struct LedgerClaim {
  std::size_t entry = 0;          // index into the debtor's entries
  std::string issued_on;          // piece date, or booking date where there is none
  std::string due_on;             // issued_on + terms: assumed, no FEC states it
  std::int64_t amount_cents = 0;  // > 0
};

/// An open credit: cash that nobody matched yet, or a credit note.
struct LedgerCredit {
  std::size_t entry = 0;
  std::string issued_on;
  std::int64_t amount_cents = 0;  // > 0
};

struct DebtorAccount {
  std::string key;
  std::string name;                  // the label of the latest line that has one
  std::vector<LedgerEntry> entries;  // in the order of the lines
  std::vector<LedgerClaim> claims;   // oldest due first
  std::vector<LedgerCredit> credits;
  std::int64_t balance_cents = 0;  // sum of the entries, settled or not
  std::int64_t claimed_cents = 0;  // sum of the claims
  std::int64_t credit_cents = 0;   // sum of the credits
  /// Whether a case opens: the claims exceed the credits, and all entries together are a debit too (so
  /// nobody is chased who has more standing in 419 than he owes).
  bool opens_case = false;
};

struct Receivables {
  std::vector<DebtorAccount> debtors;  // by key; all of them, also those who owe nothing
  std::int64_t balance_cents = 0;      // the ledger balance of 41x = sum of the debtors' balances
};

/// Everything that one export of one creditor says. `terms_days`: from invoice to due date.
[[nodiscard]] Receivables receivables_of(std::span<const LedgerLine> lines, std::int64_t terms_days);

/// One claim as what_is_asked sees it.
struct ClaimDue {
  std::string_view due_on;      // ISO date
  std::int64_t open_cents = 0;  // >= 0
};

struct Asked {
  std::vector<std::int64_t> open_cents;  // a claim each, in the order given
  std::int64_t asked_cents = 0;          // their sum
  std::int64_t credit_left_cents = 0;    // what no claim took up
};

/// What may be asked when unallocated credits are set against the claims, oldest due first (C. civ.
/// 1342-10), ties by position. A way to show the account, never a match: nothing is stored from it.
/// `credit_cents` >= 0. asked - left = sum of claims - credits.
[[nodiscard]] Asked what_is_asked(std::span<const ClaimDue> claims, std::int64_t credit_cents);

}  // namespace relance
