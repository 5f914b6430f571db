#include "host/local_day.h"

#include <cstdio>
#include <ctime>

#include "host/failure.h"

namespace relance {

std::string local_day(Ms at) {
  const std::time_t seconds = static_cast<std::time_t>((at >= 0 ? at : at - 999) / 1000);
  std::tm day{};
  const bool known = localtime_r(&seconds, &day) != nullptr;
  RELANCE_ASSERT(known);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
  return text;
}

}  // namespace relance
