// New versions of the texts of letters: looked at before they are published, never changed after.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/civil_date.h"
#include "rules/letter_kind.h"
#include "server/ledger.h"

namespace relance::server {

struct TemplateText {
  std::string title, body;
};

/// A file's first line is the subject, the rest after a blank line the text. Failure{bad_file} without either, or where
/// it is not UTF-8 or too long.
[[nodiscard]] TemplateText parse_template(std::string_view content);

struct TemplateCheck {
  std::vector<std::string> faults;    // it is refused for these
  std::vector<std::string> warnings;  // what it would lack under another mandate
};

/// Unknown fields, wording of courts, and mentions that a letter in which everything is known would lack.
[[nodiscard]] TemplateCheck check_template(sql::Connection& db, LetterKind kind, const TemplateText& text,
                                           CivilDate today);

/// The next version of its kind, for one creditor or all; the version's number. REQUIRES: it was checked; a Work is
/// open.
[[nodiscard]] std::int64_t publish_template(Ledger& ledger, const Author& author, LetterKind kind,
                                            const TemplateText& text, const std::optional<Id>& creditor,
                                            CivilDate valid_from);

}  // namespace relance::server
