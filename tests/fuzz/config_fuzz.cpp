// Files that people edit or copy about: relance.toml of the office, the key file of a client's home.
#include <string>

#include "client/keys.h"
#include "server/office.h"
#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

void check_office(std::string_view text) {
  server::OfficeConfig config;
  const auto failed = failure_of([&] { config = server::parse_config(text); });
  if (failed) {
    RELANCE_ASSERT(*failed == Code::bad_file);
    return;
  }
  RELANCE_ASSERT(config.workers >= 1 && config.workers <= 256);
  RELANCE_ASSERT(config.memory_mib >= 16 && config.memory_mib <= server::kConfigMibMax);
  RELANCE_ASSERT(config.cache_mib >= 1 && config.cache_mib <= server::kConfigMibMax &&
                 config.connections >= 1);
}

void check_key_file(std::string_view text) {
  const auto key = WrappedKey::parse(text);
  if (key) RELANCE_ASSERT(128 * key->cost.n * key->cost.r <= std::uint64_t{1} << 30 && key->cost.p <= 4);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(config, bytes) {
  if (bytes.starts_with('{')) return relance::fuzz::check_key_file(bytes);
  relance::fuzz::check_office(bytes);
}
