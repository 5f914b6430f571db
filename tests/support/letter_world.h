// An office that writes letters: sender, templates, law and policy, and one case with what a story needs.
#pragma once

#include <map>
#include <string>

#include "rules/civil_date.h"
#include "server/letters.h"
#include "tests/support/world.h"

namespace relance::test {

struct LetterWorld : World {
  LetterWorld();

  static constexpr CivilDate today{2026, 11, 21};
  server::Author author;
  Id case_id, debtor;

  using Cells = std::map<std::string, Value>;
  /// Any row, as the office writes it; REQUIRES that it is applied.
  Id row(std::string_view table, const Cells& cells);
  void reach(CivilDate day);
  void change(std::string_view table, const Id& id, const Cells& cells);
  /// An invoice: its entry and its claim.
  Id invoice(std::int64_t cents, const std::string& due_on, const std::string& piece);
  Id entry(std::int64_t cents, const std::string& kind, const std::string& piece);
  /// The creditor's mandate to an agency, in force.
  Id agency();

  [[nodiscard]] server::PreparedLetter prepared(LetterKind kind, CivilDate on = today);
  server::IssuedLetter issue(LetterKind kind, CivilDate on = today, const std::optional<Id>& subject = {});
  /// Issued and posted on one day; its number.
  server::IssuedLetter send(LetterKind kind, CivilDate on);
  void sent(const Id& letter, CivilDate on);
  void track(const Id& letter, const std::string& tracking, CivilDate on);
  [[nodiscard]] std::string state_of(const Id& letter);
  /// The codes of what bars the letter, and the names of what is missing.
  [[nodiscard]] static std::string codes(const std::vector<server::LetterObstacle>& obstacles);
};

}  // namespace relance::test
