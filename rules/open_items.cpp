// Matching as of a day. See open_items.h.
#include "rules/open_items.h"

#include <algorithm>

namespace relance {
namespace {

using Places = std::vector<std::size_t>;

// Sets a credit against a debit; how much of `most` went.
void settle(OpenItems& out, std::size_t credit, std::size_t debit, std::int64_t most) {
  const std::int64_t paid = std::min({most, -out.open_cents[credit], out.open_cents[debit]});
  if (paid <= 0) return;
  out.open_cents[credit] += paid;
  out.open_cents[debit] -= paid;
}

// `group`: places of one letter, credits and debits together.
void settle_group(OpenItems& out, std::span<const AccountItem> items, std::span<const std::size_t> group) {
  Places debits, credits;
  for (const std::size_t i : group) (out.open_cents[i] > 0 ? debits : credits).push_back(i);
  const auto by_due = [&](std::size_t a, std::size_t b) { return items[a].due_on < items[b].due_on; };
  const auto by_day = [&](std::size_t a, std::size_t b) { return items[a].on < items[b].on; };
  std::stable_sort(debits.begin(), debits.end(), by_due);
  std::stable_sort(credits.begin(), credits.end(), by_day);
  for (std::size_t d = 0, c = 0; d < debits.size() && c < credits.size();) {
    settle(out, credits[c], debits[d], out.open_cents[debits[d]]);
    if (out.open_cents[debits[d]] == 0) ++d;
    if (out.open_cents[credits[c]] == 0) ++c;
  }
}

void settle_groups(OpenItems& out, std::span<const AccountItem> items) {
  Places grouped;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (items[i].group != 0 && out.open_cents[i] != 0) grouped.push_back(i);
  std::stable_sort(grouped.begin(), grouped.end(),
                   [&](std::size_t a, std::size_t b) { return items[a].group < items[b].group; });
  for (std::size_t first = 0, end = 0; first < grouped.size(); first = end) {
    while (end < grouped.size() && items[grouped[end]].group == items[grouped[first]].group) ++end;
    settle_group(out, items, std::span(grouped).subspan(first, end - first));
  }
}

}  // namespace

OpenItems open_items(std::span<const AccountItem> items, std::span<const AccountMatch> matches,
                     CivilDate day) {
  OpenItems out{.open_cents = std::vector<std::int64_t>(items.size())};
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].on > day) continue;
    out.open_cents[i] = items[i].cents;
    out.balance_cents += items[i].cents;
  }
  settle_groups(out, items);
  for (const AccountMatch& match : matches) settle(out, match.credit, match.debit, match.cents);
  return out;
}

AgedBalance aged_account(std::span<const AccountItem> items, std::span<const AccountMatch> matches,
                         CivilDate day, std::span<const std::int64_t> edges) {
  const OpenItems open = open_items(items, matches, day);
  std::vector<AgedItem> debits;
  UnmatchedCredits credits;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::int64_t cents = open.open_cents[i];
    if (cents > 0) debits.push_back({items[i].due_on, cents, items[i].is_disputed});
    if (cents < 0) (items[i].is_credit_note ? credits.credit_notes_cents : credits.cash_cents) -= cents;
  }
  return aged_balance(debits, credits, day, edges);
}

}  // namespace relance
