// The defects that the simulator plants are in its own program and in none that is shipped.
#include <vector>

#include "host/files.h"
#include "sync/planted.h"
#include "tests/e2e/harness.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

constexpr std::string_view kSentences[] = {
#define RELANCE_DEFECT(name, what) what,
#include "sync/planted_defects.inc"
#undef RELANCE_DEFECT
};
constexpr std::size_t kProgramBytesMax = 512 * 1024 * 1024;
constexpr std::size_t kDefectsMin = 30;

static_assert(std::size(kSentences) >= kDefectsMin);
// Not a question at run time: what is shipped is compiled without an answer.
static_assert(!sync::planted(sync::Defect::forget_outcomes) && !sync::planted(sync::Defect::lose_drop));

std::size_t sentences_in(const std::filesystem::path& program) {
  const std::string bytes = read_file(program, kProgramBytesMax);
  std::size_t found = 0;
  for (const std::string_view sentence : kSentences)
    found += bytes.find(sentence) == std::string::npos ? 0 : 1;
  return found;
}

}  // namespace

TEST_CASE("no planted defect is in a program that is shipped, and all are in the simulator's") {
  CHECK(sentences_in(e2e::program("relance")) == 0);
  CHECK(sentences_in(e2e::program("relance-server")) == 0);
  const std::filesystem::path simulator = RELANCE_BIN_DIR "/tests/sim/relance_sim";
  // Built by the whole test command; by one for this suite alone it need not be.
  if (std::filesystem::exists(simulator)) CHECK(sentences_in(simulator) == std::size(kSentences));
}
