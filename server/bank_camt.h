// The European banks' statements (ISO 20022): CAMT.053, and CAMT.054 for single bookings, versions 2 to 8.
#pragma once

#include "server/bank_file.h"

namespace relance::server {

inline constexpr int kCamtVersionFirst = 2;
inline constexpr int kCamtVersionLast = 8;

/// Booked entries only. An entry of several transactions is split where they add up to it, else it is one line. A
/// document with a DOCTYPE is refused: statements have none, and entities are how XML attacks its reader.
[[nodiscard]] BankFile read_camt(std::string_view bytes);

}  // namespace relance::server
