// Which rate holds on a day. See rates.h.
#include "rules/rates.h"

namespace relance {

std::string_view name_of(RateKind kind) {
  switch (kind) {
    case RateKind::legal_individual: return "legal_individual";
    case RateKind::legal_other: return "legal_other";
    case RateKind::trade_default: return "trade_default";
    case RateKind::contract: return "contract";
  }
  return "";
}

const RateRow* rate_on(std::span<const RateRow> rows, RateKind kind, CivilDate day) {
  const RateRow* found = nullptr;
  for (const RateRow& row : rows) {
    if (row.kind != kind || day < row.from || day >= row.until) continue;
    if (found == nullptr || row.from >= found->from) found = &row;
  }
  return found;
}

}  // namespace relance
