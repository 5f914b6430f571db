// The data register: what is stored about whom, from the declaration, as a page for people
// (docs/data-register.md; GDPR art. 30 asks for such a record).
#pragma once

#include <string>

namespace relance::schema {

/// The whole page, Markdown. A test holds docs/data-register.md to it.
[[nodiscard]] std::string data_register();

}  // namespace relance::schema
