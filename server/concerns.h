// What needs a person, for `status --check`: a monitor asks every hour, and reads the sentences.
#pragma once

#include <string>
#include <vector>

#include "server/office.h"

namespace relance::server {

struct Concern {
  std::string check;     // stable, for scripts
  std::string sentence;  // what it is, and the command that shows or settles it
};

/// In the order of their weight; empty when all is well. REQUIRES: a snapshot is open.
[[nodiscard]] std::vector<Concern> concerns_of(const Office& office, sql::Connection& db, Ms now);

}  // namespace relance::server
