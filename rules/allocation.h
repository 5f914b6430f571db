// How an amount of money is set against what is owed: by part (interest, charges, principal), then the pieces that the
// debtor named, then what is due, the oldest first. Pure; the order of the parts is a dated row (`allocation_order`).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace relance {

enum class Part : std::uint8_t { interest, charges, principal };

/// "interest", "charges", "principal": words of allocation.part.
[[nodiscard]] std::string_view name_of(Part part);

/// The parts, first paid first.
using AllocationOrder = std::array<Part, 3>;

/// 123 is interest, charges, principal (C. civ. 1343-1: what is paid in part goes to interest first, unless the
/// creditor agrees otherwise). Each digit once; anything else is nothing.
[[nodiscard]] std::optional<AllocationOrder> parse_allocation_order(std::int64_t digits);

/// Something that is owed.
struct OpenItem {
  Part part = Part::principal;
  std::string_view due_on;      // ISO date; empty: not known, and last of its kind
  std::int64_t open_cents = 0;  // >= 0
  bool is_chosen = false;       // the debtor said that he pays this one
};

struct Allocated {
  std::vector<std::int64_t> cents;  // of each item, in the order given; 0 <= cents <= open
  std::int64_t left_cents = 0;      // what nothing took up
};

/// Sets `amount_cents` (>= 0) against the items. Part by part in `order`; within a part the debtor's choice first
/// (C. civ. 1342-10 al. 1), then what was due on `paid_on`, then the oldest, and equal ones in proportion (al. 2).
/// Which debt he has most interest to clear is a person's judgement: the office names it as chosen.
/// The parts sum to the amount with what is left, to the cent.
[[nodiscard]] Allocated allocate(std::int64_t amount_cents, std::span<const OpenItem> items,
                                 const AllocationOrder& order, std::string_view paid_on);

}  // namespace relance
