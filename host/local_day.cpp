#include "host/local_day.h"

#include "rules/local_time.h"

namespace relance {

std::string local_day(Ms at) {
  if (const auto local = local_time_of(at, "")) return iso_text(local->day);
  return at < 0 ? "0001-01-01" : "9999-12-31";  // a damaged row must not stop a list
}

}  // namespace relance
