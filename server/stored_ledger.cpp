#include "server/stored_ledger.h"

#include <algorithm>

#include "server/returned_money.h"

namespace relance::server {
namespace {

constexpr std::string_view kCases =
    "SELECT ledger_ref, id, stage, coalesce(closed_reason, '') FROM case_file"
    " WHERE creditor_id = ?1 AND ledger_ref IS NOT NULL ORDER BY id";
// Entries without a key were made by people: the ledger knows nothing of them.
constexpr std::string_view kEntries =
    "SELECT c.ledger_ref, e.id, e.source_key, coalesce(e.account, ''), coalesce(e.letter, ''),"
    " coalesce(e.booked_on, ''), e.amount_cents, e.settled, b.withdrawn_at IS NOT NULL,"
    " e.kind, coalesce(e.journal, '')"
    " FROM case_file c JOIN entry e ON e.case_id = c.id LEFT JOIN import_batch b ON b.id = e.batch_id"
    " WHERE c.creditor_id = ?1 AND c.ledger_ref IS NOT NULL AND e.source_key IS NOT NULL";
constexpr std::string_view kClaims =
    "SELECT k.entry_id, k.id, k.state FROM case_file c JOIN claim k ON k.case_id = c.id"
    " WHERE c.creditor_id = ?1 AND k.entry_id IS NOT NULL ORDER BY k.id";

void note(StoredLedger& out, const StoredEntry& entry) {
  if (!entry.is_line()) {
    ++out.own_counts[entry.key.substr(0, kLineKeyBytes + 1)];
    return;
  }
  out.by_key.emplace(entry.key, out.entries.size());
}

// A withdrawn import reversed its lines, as if they had vanished: every second reversal takes that back.
void note_days(StoredLedger& out, StoredEntry& entry) {
  if (!entry.is_line()) return;
  entry.is_taken_back = entry.is_taken_back && out.own_count(entry.key, kReversal) % 2 == 1;
  if (entry.is_taken_back) return;
  if (out.first_booked_on.empty() || entry.booked_on < out.first_booked_on)
    out.first_booked_on = entry.booked_on;
  out.last_booked_on = std::max(out.last_booked_on, entry.booked_on);
}

}  // namespace

std::string StoredLedger::next_own_key(const std::string& subject, char letter) const {
  return subject + letter + std::to_string(own_count(subject, letter) + 1);
}

int StoredLedger::own_count(const std::string& subject, char letter) const {
  const auto found = own_counts.find(subject + letter);
  return found == own_counts.end() ? 0 : found->second;
}

StoredLedger load_stored_ledger(sql::Connection& db, const Id& creditor) {
  StoredLedger out;
  sql::Query cases(db, kCases, creditor);
  while (cases.next())
    out.cases.try_emplace(cases.text(0),
                          StoredCase{.id = cases.id(1),
                                     .stage = {.stage = cases.text(2), .closed_reason = cases.text(3)},
                                     .entries = {}});
  std::unordered_map<Id, std::size_t> places;
  std::unordered_map<Id, StoredCase*> place_of_case;
  sql::Query entries(db, kEntries, creditor);
  while (entries.next()) {
    const StoredEntry entry{.id = entries.id(1),
                            .key = entries.text(2),
                            .kind = entries.text(9),
                            .account = entries.text(3),
                            .journal = entries.text(10),
                            .letter = entries.text(4),
                            .booked_on = entries.text(5),
                            .amount_cents = entries.integer(6),
                            .is_settled = entries.integer(7) != 0,
                            .is_taken_back = entries.integer(8) != 0};
    note(out, entry);
    places.emplace(entry.id, out.entries.size());
    out.cases.at(entries.text(0)).entries.push_back(out.entries.size());
    out.entries.push_back(entry);
  }
  for (StoredEntry& entry : out.entries) note_days(out, entry);
  for (auto& [ref, one] : out.cases) place_of_case.emplace(one.id, &one);
  for (const UnshownReturn& one : unshown_returns(db, creditor, std::nullopt)) {
    const auto owner = place_of_case.find(one.case_id);
    const auto entry = places.find(one.entry);
    if (owner == place_of_case.end() || entry == places.end()) continue;
    owner->second->returns.push_back(
        {.id = one.returned, .returned_on = one.returned_on, .cents = one.cents, .entry = entry->second});
  }
  sql::Query claims(db, kClaims, creditor);
  while (claims.next()) {
    const auto place = places.find(claims.id(0));
    if (place == places.end()) continue;
    out.entries[place->second].claim_id = claims.id(1);
    out.entries[place->second].claim_state = claims.text(2);
  }
  return out;
}

}  // namespace relance::server
