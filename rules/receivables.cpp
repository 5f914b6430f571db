// From ledger lines to debtors, claims and credits. See receivables.h for each decision.
#include "rules/receivables.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <utility>

#include "rules/civil_date.h"

namespace relance {
namespace {

/// Appends "size:bytes": with the size, no content can imitate a border between fields.
void put_field(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

/// What a line is, without what a later export may change. The order of fields is part of every stored key:
/// never change it.
std::string content_of(const LedgerLine& line) {
  std::string out;
  for (const std::string* field : {&line.journal, &line.booked_on, &line.account, &line.aux_account,
                                   &line.piece_ref, &line.piece_on, &line.label})
    put_field(out, *field);
  put_field(out, std::to_string(line.amount_cents));
  return out;
}

/// Journals of sales: their lines are debits in the main. A journal of cash has a few debits too (bounced
/// payments), so one debit proves nothing. The opening journal restates both, and is neither.
std::map<std::string_view, bool> sales_journals(std::span<const LedgerLine> lines) {
  std::map<std::string_view, std::int64_t> debits_over_credits;
  for (const LedgerLine& line : lines) {
    if (line.is_opening || !is_claim_account(line.account) || line.amount_cents == 0) continue;
    debits_over_credits[line.journal] += line.amount_cents > 0 ? 1 : -1;
  }
  std::map<std::string_view, bool> is_sales;
  for (const auto& [journal, excess] : debits_over_credits) is_sales[journal] = excess > 0;
  return is_sales;
}

EntryKind kind_of(const LedgerLine& line, const std::map<std::string_view, bool>& is_sales) {
  if (!is_claim_account(line.account)) return EntryKind::adjustment;
  const auto journal = is_sales.find(line.journal);
  const bool is_known = !line.is_opening && journal != is_sales.end();
  if (line.amount_cents >= 0) return is_known && !journal->second ? EntryKind::returned : EntryKind::invoice;
  return is_known && journal->second ? EntryKind::credit_note : EntryKind::payment;
}

/// `issued_on` + terms; empty where the line has no date at all.
std::string due_after(const std::string& issued_on, std::int64_t terms_days) {
  const auto issued = parse_civil_date(issued_on);
  return issued ? iso_text(add_days(*issued, terms_days)) : std::string();
}

std::string_view name_of(const LedgerLine& line) {
  return line.aux_account.empty() ? line.account_label : line.aux_label;
}

/// Fills claims and credits from the open entries, and every sum.
void read_account(DebtorAccount& debtor, std::span<const LedgerLine> lines, std::int64_t terms_days) {
  std::string_view named_on;
  for (std::size_t at = 0; at < debtor.entries.size(); ++at) {
    const LedgerEntry& entry = debtor.entries[at];
    const LedgerLine& line = lines[entry.line];
    debtor.balance_cents += entry.amount_cents;
    if (!name_of(line).empty() && line.booked_on >= named_on) {
      named_on = line.booked_on;
      debtor.name = name_of(line);
    }
    if (entry.is_settled || !is_claim_account(line.account) || entry.amount_cents == 0) continue;
    const std::string& issued_on = line.piece_on.empty() ? line.booked_on : line.piece_on;
    if (entry.amount_cents > 0) {
      debtor.claims.push_back({.entry = at,
                               .issued_on = issued_on,
                               .due_on = due_after(issued_on, terms_days),
                               .amount_cents = entry.amount_cents});
      debtor.claimed_cents += entry.amount_cents;
    } else {
      debtor.credits.push_back({.entry = at, .issued_on = issued_on, .amount_cents = -entry.amount_cents});
      debtor.credit_cents -= entry.amount_cents;
    }
  }
  std::stable_sort(debtor.claims.begin(), debtor.claims.end(),
                   [](const LedgerClaim& a, const LedgerClaim& b) { return a.due_on < b.due_on; });
  debtor.opens_case = debtor.claimed_cents > debtor.credit_cents && debtor.balance_cents > 0;
}

std::vector<std::string> line_keys(std::span<const LedgerLine> lines, const std::vector<bool>& settled) {
  std::vector<std::string> keys;
  keys.reserve(lines.size());
  for (const LedgerLine& line : lines) keys.push_back(content_of(line));
  std::unordered_map<std::string_view, std::size_t> first;  // place of a content
  first.reserve(lines.size());
  std::map<std::size_t, std::vector<std::size_t>> alike;  // by the first; few lines are
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const auto [found, is_new] = first.try_emplace(keys[at], at);
    if (is_new) continue;
    std::vector<std::size_t>& places = alike[found->second];
    if (places.empty()) places.push_back(found->second);
    places.push_back(at);
  }
  std::vector<std::size_t> ordinals(lines.size(), 1);
  for (auto& [content, places] : alike) {
    std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(!settled[a], std::string_view(lines[a].letter)) <
             std::pair(!settled[b], std::string_view(lines[b].letter));
    });
    for (std::size_t ordinal = 1; const std::size_t at : places) ordinals[at] = ordinal++;
  }
  first.clear();  // it looks at the keys as they were
  for (std::size_t at = 0; at < lines.size(); ++at) put_field(keys[at], std::to_string(ordinals[at]));
  return keys;
}

}  // namespace

const std::string& debtor_key(const LedgerLine& line) {
  return line.aux_account.empty() ? line.account : line.aux_account;
}

bool is_claim_account(std::string_view account) {
  return account.starts_with("411") || account.starts_with("413") || account.starts_with("416");
}

std::string_view entry_kind_name(EntryKind kind) {
  switch (kind) {
    case EntryKind::invoice: return "invoice";
    case EntryKind::returned: return "returned";
    case EntryKind::credit_note: return "credit_note";
    case EntryKind::payment: return "payment";
    case EntryKind::adjustment: return "adjustment";
  }
  return "";
}

std::vector<std::string> line_keys(std::span<const LedgerLine> lines) {
  return line_keys(lines, settled_lines(lines));
}

std::vector<bool> settled_lines(std::span<const LedgerLine> lines) {
  using Group = std::pair<std::string_view, std::string_view>;  // debtor, letter
  struct Hash {
    std::size_t operator()(const Group& group) const {
      const std::hash<std::string_view> hash;
      return hash(group.first) * 31 + hash(group.second);
    }
  };
  std::unordered_map<Group, std::int64_t, Hash> sums;
  for (const LedgerLine& line : lines) {
    if (!line.letter.empty()) sums[Group(debtor_key(line), line.letter)] += line.amount_cents;
  }
  std::vector<bool> settled;
  settled.reserve(lines.size());
  for (const LedgerLine& line : lines)
    settled.push_back(!line.letter.empty() && sums.at(Group(debtor_key(line), line.letter)) == 0);
  return settled;
}

Receivables receivables_of(std::span<const LedgerLine> lines, std::int64_t terms_days) {
  const std::vector<bool> settled = settled_lines(lines);
  std::vector<std::string> keys = line_keys(lines, settled);
  const auto is_sales = sales_journals(lines);
  std::map<std::string, DebtorAccount> debtors;
  for (std::size_t at = 0; at < lines.size(); ++at) {
    debtors[debtor_key(lines[at])].entries.push_back({.line = at,
                                                      .key = std::move(keys[at]),
                                                      .kind = kind_of(lines[at], is_sales),
                                                      .amount_cents = lines[at].amount_cents,
                                                      .is_settled = settled[at]});
  }
  Receivables out;
  for (auto& [key, debtor] : debtors) {
    debtor.key = key;
    read_account(debtor, lines, terms_days);
    out.balance_cents += debtor.balance_cents;
    out.debtors.push_back(std::move(debtor));
  }
  return out;
}

Asked what_is_asked(std::span<const ClaimDue> claims, std::int64_t credit_cents) {
  std::vector<std::size_t> oldest_first(claims.size());
  for (std::size_t at = 0; at < claims.size(); ++at) oldest_first[at] = at;
  std::stable_sort(oldest_first.begin(), oldest_first.end(),
                   [&](std::size_t a, std::size_t b) { return claims[a].due_on < claims[b].due_on; });
  Asked asked{.open_cents = std::vector<std::int64_t>(claims.size()), .credit_left_cents = credit_cents};
  for (const std::size_t at : oldest_first) {
    const std::int64_t taken = std::min(claims[at].open_cents, asked.credit_left_cents);
    asked.credit_left_cents -= taken;
    asked.open_cents[at] = claims[at].open_cents - taken;
    asked.asked_cents += asked.open_cents[at];
  }
  return asked;
}

}  // namespace relance
