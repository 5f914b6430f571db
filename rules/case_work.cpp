// The words of rows that decide a case's place. See case_work.h.
#include "rules/case_work.h"

namespace relance {

bool is_waiting_reason(DunningReason reason) {
  return reason == DunningReason::plan || reason == DunningReason::promise ||
         reason == DunningReason::disputed;
}

}  // namespace relance
