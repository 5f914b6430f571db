// Prints docs/requirements.md: `./relance-dev requirements` writes it.
#include <cstdio>

#include "tests/pages/requirements.h"

int main() {
  const std::string page = relance::test::requirements_page(RELANCE_SOURCE_DIR);
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
