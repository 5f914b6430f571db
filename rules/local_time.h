// What the clock on a debtor's wall shows: metropolitan France and its overseas parts, so that nobody in Cayenne is
// called at five in the morning. Pure: the rule of summer time is computed, no machine's table of zones is asked.
#pragma once

#include <optional>
#include <string_view>

#include "rules/civil_date.h"

namespace relance {

struct LocalTime {
  CivilDate day;
  int minute = 0;  // since midnight

  friend bool operator==(const LocalTime&, const LocalTime&) = default;
};

/// Of an IANA zone in which French law puts people ("Europe/Paris", "Indian/Reunion" …); Paris for an empty one.
/// Nothing for a zone that is not known here, and for an instant beyond the calendar.
[[nodiscard]] std::optional<LocalTime> local_time_of(Ms at, std::string_view zone);

/// The zone that a French postcode lies in: "97430" is "Indian/Reunion". Paris for any other.
[[nodiscard]] std::string_view zone_of_postcode(std::string_view postcode);

/// The instant at which a day begins in Paris: the bounds of a month, the same on every machine.
[[nodiscard]] Ms paris_midnight(CivilDate day);

}  // namespace relance
