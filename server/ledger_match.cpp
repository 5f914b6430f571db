// The rules stand in docs/decisions/010-ledger-imports.md, each with its reason.
#include "server/ledger_match.h"

#include <algorithm>
#include <set>

#include "host/failure.h"
#include "rules/ledger_booking.h"
#include "rules/money.h"
#include "schema/lookup.h"
#include "server/op_draft.h"

namespace relance::server {
namespace {

std::size_t letter_max() {
  const schema::Table& t = schema::table("entry");
  return static_cast<std::size_t>(t.columns[schema::column(t, "letter")].text_max);
}

}  // namespace

std::string ledger_ref_of(const std::string& account) {
  constexpr std::size_t kRefMax = 64, kHashText = 32;
  if (account.size() <= kRefMax) return account;
  return cut_text(account, kRefMax - kHashText - 1) + "~" +
         hex(bytes_of(sha256(account))).substr(0, kHashText);
}

LedgerMatch::LedgerMatch(const Id& creditor, StoredLedger stored, FecFile& file, std::int64_t terms_days,
                         bool accept_difference, FecImportReport& report)
    : creditor_(creditor),
      stored_(std::move(stored)),
      accept_difference_(accept_difference),
      report_(report) {
  for (const StoredEntry& entry : stored_.entries) {
    settled_.push_back(entry.is_settled);
    letters_.push_back(entry.letter);
  }
  seen_.assign(stored_.entries.size(), false);
  read(file, terms_days);
  match();
  check_vanished();
  settle_balances();
}

// ---- the file ----------------------------------------------------------------------------------------------

void LedgerMatch::read(FecFile& file, std::int64_t terms_days) {
  report_.lines_read = file.lines_read;
  report_.lines_kept = file.lines_kept;
  report_.lines_other = file.lines_other;
  first_ = file.first_booked_on;
  last_ = file.last_booked_on;
  if (!stored_.first_booked_on.empty() && last_ < stored_.first_booked_on)
    throw Failure(Code::refused,
                  "The ledger ends on " + last_ + ", before the first entry stored for this creditor (" +
                      stored_.first_booked_on +
                      "), whose opening balances hold its money already: import ledgers in the order "
                      "of their years. Nothing was stored.");
  is_newest_ = last_ >= stored_.last_booked_on;
  lines_ = ledger_lines(file);
  std::vector<FecLine>().swap(file.receivables);  // a second copy of every line
  view_ = receivables_of(lines_, terms_days);
  for (const DebtorAccount& debtor : view_.debtors)
    expected_[ledger_ref_of(debtor.key)] += debtor.balance_cents;
  if (stored_.first_booked_on.empty() || stored_.first_booked_on >= first_) return;
  const auto is_opening = [](const LedgerLine& l) { return l.is_opening; };
  // A ledger of a later year without any opening line (they are booked late) speaks of its own days only.
  if (std::any_of(lines_.begin(), lines_.end(), is_opening))
    skip_openings(terms_days);
  else
    carry_balances();
}

void LedgerMatch::carry_balances() {
  for (const auto& [ref, known] : stored_.cases)
    for (const std::size_t at : known.entries) {
      if (stored_.entries[at].booked_on >= first_) continue;
      expected_[ref] += stored_.entries[at].amount_cents;
      report_.carried_cents += stored_.entries[at].amount_cents;
    }
}

// The opening lines of a debtor whose entries of earlier days are stored are those entries again.
void LedgerMatch::skip_openings(std::int64_t terms_days) {
  const auto is_earlier = [&](std::size_t at) {
    return stored_.entries[at].is_line() && stored_.entries[at].booked_on < first_;
  };
  const auto is_restated = [&](const LedgerLine& line) {
    if (!line.is_opening) return false;
    const auto known = stored_.cases.find(ledger_ref_of(debtor_key(line)));
    if (known == stored_.cases.end()) return false;
    return std::any_of(known->second.entries.begin(), known->second.entries.end(), is_earlier);
  };
  report_.openings_skipped = static_cast<std::int64_t>(std::erase_if(lines_, is_restated));
  // A payment lettered with a skipped line stays an open credit: what it pays is a claim of the earlier year, which
  // no letter of this year reaches. It is set against the oldest claim in what is asked.
  if (report_.openings_skipped > 0) view_ = receivables_of(lines_, terms_days);
}

std::string LedgerMatch::key_of(const std::string& content) {
  hasher_.update(creditor_.view());
  hasher_.update(content);
  return std::string(bytes_of(hasher_.finish()));
}

// ---- line by line ------------------------------------------------------------------------------------------

void LedgerMatch::match() {
  std::map<std::string, MatchedAccount> accounts;
  for (const DebtorAccount& debtor : view_.debtors) accounts[ledger_ref_of(debtor.key)].debtor = &debtor;
  for (const auto& [ref, known] : stored_.cases) accounts[ref].known = &known;
  for (auto& [ref, account] : accounts) {
    account.ref = ref;
    const auto expected = expected_.find(ref);
    account.expected_cents = expected == expected_.end() ? 0 : expected->second;
    if (account.debtor != nullptr) match_entries(account);
    if (account.known != nullptr) find_vanished(account);
    accounts_.push_back(std::move(account));
  }
}

void LedgerMatch::match_entries(MatchedAccount& account) {
  for (const LedgerEntry& entry : account.debtor->entries) {
    const auto known = stored_.by_key.find(account.keys.emplace_back(key_of(entry.key)));
    account.found.push_back(known == stored_.by_key.end() ? MatchedAccount::kUnknown : known->second);
    account.is_settled.push_back(entry.is_settled);
  }
  find_returned(account);
  for (std::size_t i = 0; i < account.found.size(); ++i) {
    const std::size_t at = account.found[i];
    if (at == MatchedAccount::kUnknown) {
      ++report_.entries_added;
      continue;
    }
    const bool was_settled = stored_.entries[at].is_settled, is_settled = account.is_settled[i];
    ++report_.entries_known;
    seen_[at] = true;
    // An older export can settle, never reopen: the newer one knew better.
    if (!is_newest_ && was_settled) continue;
    settled_[at] = is_settled;
    letters_[at] = cut_text(lines_[account.debtor->entries[i].line].letter, letter_max());
    report_.entries_settled += is_settled && !was_settled;
    report_.entries_reopened += !is_settled && was_settled;
  }
}

// The ledger does not know yet that the payment went back: the letter by which it settled something with it holds no
// more (returned_money.h).
void LedgerMatch::find_returned(MatchedAccount& account) {
  if (account.known == nullptr || account.known->returns.empty()) return;
  std::set<std::string_view> letters;
  std::set<Id> counted;  // a payment that the ledger shows in two lines came back once
  const auto letter_of = [&](std::size_t i) -> const std::string& {
    return lines_[account.debtor->entries[i].line].letter;
  };
  for (const StoredReturn& one : returns_not_in_file(account)) {
    if (counted.insert(one.id).second) account.returned_cents += one.cents;
    for (std::size_t i = 0; i < account.found.size(); ++i)
      if (account.found[i] == one.entry && !letter_of(i).empty()) letters.insert(letter_of(i));
  }
  for (std::size_t i = 0; i < account.found.size(); ++i)
    if (letters.contains(letter_of(i))) account.is_settled[i] = false;
}

// Those that no line of the file will be joined with, once it is stored.
std::vector<StoredReturn> LedgerMatch::returns_not_in_file(const MatchedAccount& account) const {
  std::vector<BookedAmount> returns, lines;
  std::vector<Id> ids;
  for (const StoredReturn& one : account.known->returns) {
    const auto on = parse_civil_date(one.returned_on);
    if (!on || std::find(ids.begin(), ids.end(), one.id) != ids.end()) continue;
    returns.push_back({*on, one.cents});
    ids.push_back(one.id);
  }
  for (std::size_t i = 0; i < account.found.size(); ++i) {
    const LedgerEntry& entry = account.debtor->entries[i];
    const auto on = parse_civil_date(lines_[entry.line].booked_on);
    if (on && account.found[i] == MatchedAccount::kUnknown && entry.kind == EntryKind::returned)
      lines.push_back({*on, entry.amount_cents});
  }
  std::set<Id> shown;
  for (const auto& [at, line] : paired_bookings(returns, lines)) shown.insert(ids[at]);
  std::vector<StoredReturn> out = account.known->returns;
  std::erase_if(out, [&](const StoredReturn& one) { return shown.contains(one.id); });
  return out;
}

void LedgerMatch::find_vanished(MatchedAccount& account) {
  if (!is_newest_) return;  // lines booked back into an older export's days are not missing from it
  for (const std::size_t at : account.known->entries) {
    const StoredEntry& stored = stored_.entries[at];
    if (!stored.is_line()) continue;
    const bool is_reversed = stored_.own_count(stored.key, kReversal) % 2 == 1;
    if (seen_[at] && is_reversed) account.reversed.push_back(at);
    const bool is_missing = !seen_[at] && stored.booked_on >= first_ && stored.booked_on <= last_;
    if (!is_missing || is_reversed) continue;
    account.reversed.push_back(at);
    settled_[at] = true;
    ++report_.entries_vanished;
    report_.vanished_cents += stored.amount_cents;
  }
}

void LedgerMatch::check_vanished() const {
  if (report_.entries_vanished <= report_.entries_known || accept_difference_) return;
  throw Failure(Code::refused, "Of the lines stored for the days of this ledger, " +
                                   std::to_string(report_.entries_vanished) + " are not in it and only " +
                                   std::to_string(report_.entries_known) +
                                   " are: it looks like another company's ledger. Check FILE and --creditor; "
                                   "--accept-difference takes it all the same. Nothing was stored.");
}

// ---- to the cent -------------------------------------------------------------------------------------------

void LedgerMatch::settle_balances() {
  std::int64_t differing = 0, difference = 0;
  for (MatchedAccount& account : accounts_) {
    account.difference_cents = account.expected_cents - standing_of(account).balance_to_last_cents;
    differing += account.difference_cents != 0;
    difference += account.difference_cents;
  }
  if (differing > 0 && !is_newest_)
    throw Failure(Code::refused, "The ledger ends on " + last_ + ", but entries up to " +
                                     stored_.last_booked_on + " are stored, and the balances of " +
                                     std::to_string(differing) + " debtors at its last day differ (" +
                                     money_text(difference) +
                                     " in all): import the newest export. Nothing was stored.");
  if (differing > 0 && !accept_difference_)
    throw Failure(Code::refused,
                  "The balances of " + std::to_string(differing) +
                      " debtors do not follow from what is stored (" + money_text(difference) +
                      " in all): the last export of the year before is missing, or an account was "
                      "renamed. Import that export first, or pass --accept-difference to book the "
                      "difference. Nothing was stored.");
  report_.differences = differing;
  report_.difference_cents = difference;
  for (const MatchedAccount& account : accounts_) {
    const AccountStanding standing = standing_of(account);
    report_.ledger_balance_cents += account.expected_cents;
    report_.cases_balance_cents += standing.balance_to_last_cents;
    report_.open_credits_cents += standing.credit_cents;
  }
}

AccountStanding LedgerMatch::standing_of(const MatchedAccount& account) const {
  AccountStanding out;
  const auto add = [&](std::string_view on_account, std::int64_t cents, bool is_settled, bool may_be_claimed,
                       bool is_in_time) {
    out.balance_cents += cents;
    if (is_in_time) out.balance_to_last_cents += cents;
    if (is_settled || !is_claim_account(on_account)) return;
    if (cents < 0)
      out.credit_cents -= cents;
    else if (may_be_claimed)
      out.claimed_cents += cents;
  };
  if (account.known != nullptr)
    for (const std::size_t at : account.known->entries) {
      const StoredEntry& e = stored_.entries[at];
      const bool may_be_claimed =
          e.is_line() && (e.claim_state != "withdrawn" || (e.is_taken_back && seen_[at]));
      add(e.account, e.amount_cents, settled_[at], may_be_claimed, e.booked_on <= last_);
    }
  for (std::size_t i = 0; i < account.found.size(); ++i) {
    const LedgerEntry& e = account.debtor->entries[i];
    if (account.found[i] != MatchedAccount::kUnknown) continue;
    add(lines_[e.line].account, e.amount_cents, account.is_settled[i], true, true);
  }
  for (const std::size_t at : account.reversed) {
    const std::int64_t cents = stored_.entries[at].amount_cents;
    add({}, seen_[at] ? cents : -cents, true, false, true);
  }
  add(adjustment_account(account), account.difference_cents, false, false, true);
  out.balance_cents += account.returned_cents;  // no line of the ledger: not in its balance
  out.credit_cents = std::max<std::int64_t>(out.credit_cents - account.returned_cents, 0);
  return out;
}

std::string LedgerMatch::adjustment_account(const MatchedAccount& account) const {
  if (account.debtor != nullptr) return lines_[account.debtor->entries.front().line].account;
  if (account.known != nullptr && !account.known->entries.empty())
    return stored_.entries[account.known->entries.front()].account;
  return "411";
}

}  // namespace relance::server
