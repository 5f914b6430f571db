// Who of the items is served first, and the cents of a proportion. See allocation.h.
#include "rules/allocation.h"

#include <algorithm>
#include <tuple>

namespace relance {
namespace {

constexpr int kBits = 62;  // of an amount

/// amount * share / whole, rounded down, without a product that leaves its 64 bits. REQUIRES: share <= whole.
std::int64_t proportion(std::int64_t amount, std::int64_t share, std::int64_t whole) {
  std::int64_t quotient = 0, rest = 0;
  for (int bit = kBits; bit >= 0; --bit) {
    quotient *= 2;
    rest *= 2;
    if ((amount >> bit) % 2 != 0) rest += share;
    while (rest >= whole) {
      rest -= whole;
      ++quotient;
    }
  }
  return quotient;
}

struct Rank {
  std::size_t part = 0;
  bool is_not_chosen = false;
  bool is_not_due = false;
  bool is_undated = false;
  std::string_view due_on;

  [[nodiscard]] auto key() const { return std::tie(part, is_not_chosen, is_not_due, is_undated, due_on); }
};

Rank rank_of(const OpenItem& item, const AllocationOrder& order, std::string_view paid_on) {
  const auto part =
      static_cast<std::size_t>(std::find(order.begin(), order.end(), item.part) - order.begin());
  return {.part = part,
          .is_not_chosen = !item.is_chosen,
          .is_not_due = item.due_on.empty() || item.due_on > paid_on,
          .is_undated = item.due_on.empty(),
          .due_on = item.due_on};
}

/// Shares `amount` among items of one rank, whose open sums exceed it; the cents that rounding leaves go to the first.
void share_out(std::int64_t amount, std::span<const OpenItem> items, std::span<const std::size_t> places,
               std::int64_t open_cents, Allocated& out) {
  std::int64_t given = 0;
  for (const std::size_t at : places)
    given += out.cents[at] = proportion(amount, items[at].open_cents, open_cents);
  for (const std::size_t at : places) {
    if (given == amount) break;
    if (out.cents[at] == items[at].open_cents) continue;
    ++out.cents[at];
    ++given;
  }
}

}  // namespace

std::string_view name_of(Part part) {
  switch (part) {
    case Part::interest: return "interest";
    case Part::charges: return "charges";
    case Part::principal: return "principal";
  }
  return "";
}

std::optional<AllocationOrder> parse_allocation_order(std::int64_t digits) {
  AllocationOrder order{};
  std::array<bool, 3> seen{};
  for (std::size_t place = order.size(); place-- > 0; digits /= 10) {
    const std::int64_t digit = digits % 10;
    if (digit < 1 || digit > 3 || seen[static_cast<std::size_t>(digit - 1)]) return std::nullopt;
    seen[static_cast<std::size_t>(digit - 1)] = true;
    order[place] = static_cast<Part>(digit - 1);
  }
  if (digits != 0) return std::nullopt;
  return order;
}

Allocated allocate(std::int64_t amount_cents, std::span<const OpenItem> items, const AllocationOrder& order,
                   std::string_view paid_on) {
  Allocated out{.cents = std::vector<std::int64_t>(items.size()), .left_cents = amount_cents};
  std::vector<Rank> ranks;
  std::vector<std::size_t> places;
  for (const OpenItem& item : items) {
    places.push_back(ranks.size());
    ranks.push_back(rank_of(item, order, paid_on));
  }
  std::stable_sort(places.begin(), places.end(),
                   [&](std::size_t a, std::size_t b) { return ranks[a].key() < ranks[b].key(); });
  for (std::size_t first = 0; first < places.size() && out.left_cents > 0;) {
    std::size_t end = first;
    std::int64_t open_cents = 0;
    for (; end < places.size() && ranks[places[end]].key() == ranks[places[first]].key(); ++end)
      open_cents += items[places[end]].open_cents;
    const std::span<const std::size_t> group(places.data() + first, end - first);
    if (open_cents <= out.left_cents)
      for (const std::size_t at : group) out.cents[at] = items[at].open_cents;
    else
      share_out(out.left_cents, items, group, open_cents, out);
    out.left_cents -= std::min(open_cents, out.left_cents);
    first = end;
  }
  return out;
}

}  // namespace relance
