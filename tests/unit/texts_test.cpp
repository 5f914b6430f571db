// Every sentence in both languages, with the same places in them.
#include "host/texts.h"

#include <set>

#include "schema/lookup.h"
#include "sync/mutation.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

// "{1}" and "{1|a|b}" both ask for the first value.
std::set<char> places(std::string_view form) {
  std::set<char> out;
  for (std::size_t at = form.find('{'); at != std::string_view::npos; at = form.find('{', at + 1)) {
    REQUIRE(at + 2 < form.size());
    const char after = form[at + 2];
    CHECK((after == '}' || after == '|'));
    if (after == '|') {
      const std::string_view place = form.substr(at, form.find('}', at) - at);
      CHECK(std::count(place.begin(), place.end(), '|') == 2);
    }
    out.insert(form[at + 1]);
  }
  return out;
}

}  // namespace

TEST_CASE("every sentence is there in both languages, with the same places") {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Text::count_); ++i) {
    const auto text = static_cast<Text>(i);
    INFO(text_template(Lang::en, text));
    CHECK_FALSE(text_template(Lang::en, text).empty());
    CHECK_FALSE(text_template(Lang::fr, text).empty());
    CHECK(places(text_template(Lang::en, text)) == places(text_template(Lang::fr, text)));
  }
}

TEST_CASE("a French failure asks for nothing that its English form does not give") {
  for (const Translation& one : failure_translations()) {
    INFO(one.en);
    const auto given = places(one.en);
    for (const char asked : places(one.fr)) CHECK(given.contains(asked));
  }
}

TEST_CASE("plural forms follow each language: French counts nothing as one") {
  CHECK(phrase(Lang::en, Text::edits_wait, {0, "x"}).starts_with("0 edits wait"));
  CHECK(phrase(Lang::en, Text::edits_wait, {1, "x"}).starts_with("1 edit waits"));
  CHECK(phrase(Lang::fr, Text::edits_wait, {0, "x"}).starts_with("0 saisie attend"));
  CHECK(phrase(Lang::fr, Text::edits_wait, {2, "x"}).starts_with("2 saisies attendent"));
}

TEST_CASE("a value that looks like a place is shown as it is") {
  CHECK(phrase(Lang::en, Text::came, {"{1} {2}"}) == "came: {1} {2}");
}

TEST_CASE("every table, column and closed word has a French label") {
  for (const schema::Table& table : schema::business_tables()) {
    INFO(table.name);
    CHECK(has_labels(table));
  }
  CHECK(word_label(Lang::fr, "formal_notice") == "mise en demeure");
  CHECK(word_label(Lang::en, "formal_notice") == "formal notice");
  CHECK(column_label(Lang::en, "amount_cents") == "amount");
}

TEST_CASE("every refusal reason and every fate has its words") {
  namespace reason = sync::reason;
  for (const auto code :
       {reason::not_permitted, reason::not_holder, reason::late, reason::late_update, reason::restricted,
        reason::unknown_row, reason::depends_on_refused, reason::bad_value, reason::id_taken,
        reason::conflict_closed, reason::too_large, reason::contradicts, reason::internal}) {
    INFO(code);
    CHECK(knows_reason(code));
  }
  for (const auto status :
       {sync::Status::applied, sync::Status::merged, sync::Status::conflict, sync::Status::refused,
        sync::Status::erased, sync::Status::quarantined, sync::Status::duplicate}) {
    INFO(name_of(status));
    CHECK(fate_text(Lang::fr, name_of(status)) != name_of(status));
  }
}

TEST_CASE("every failure code has a French sentence") {
  for (const CodeFacts& facts : all_codes()) {
    INFO(facts.name);
    CHECK_FALSE(code_text_fr(facts.code).empty());
    CHECK(failure_text(Lang::fr, Failure(facts.code, std::string(facts.sentence))) ==
          code_text_fr(facts.code));
  }
}

TEST_CASE("a failure keeps its particulars in French") {
  const Failure clock(Code::wrong_clock,
                      "This computer's clock says 2030-01-01T00:00:00.000Z but the server's says "
                      "2026-11-21T08:00:00.000Z; set "
                      "this computer's clock and try again.");
  CHECK(failure_text(Lang::fr, clock) ==
        "L'horloge de cet ordinateur indique 2030-01-01T00:00:00.000Z, celle du serveur "
        "2026-11-21T08:00:00.000Z ; réglez "
        "l'horloge de cet ordinateur et réessayez.");
  CHECK(failure_text(Lang::en, clock) == clock.message());
  const Failure unknown(Code::io, "Something never seen before.");
  CHECK(failure_text(Lang::fr, unknown) ==
        "Le disque ou le système de fichiers a échoué. (Something never seen before.)");
}

TEST_CASE("the language is the one asked for, and a wrong one is said") {
  CHECK(language_from("fr") == Lang::fr);
  CHECK(language_from("en") == Lang::en);
  CHECK_THROWS_AS(language_from("de"), Failure);
}

TEST_CASE("moments are told in the unit a person would use") {
  constexpr Ms now = 1'795'000'000'000;
  CHECK(moment_text(Lang::en, 0, now) == "never");
  CHECK(moment_text(Lang::en, now - 20'000, now) == "less than a minute ago");
  CHECK(moment_text(Lang::en, now + 60'000, now) == "less than a minute ago");  // the clock went back
  CHECK(moment_text(Lang::fr, now - 5 * 60'000, now) == "il y a 5 minutes");
  CHECK(moment_text(Lang::en, now - 3 * 3'600'000, now) == "3 hours ago");
  CHECK(moment_text(Lang::fr, now - 3 * 86'400'000LL, now) == "il y a 3 jours");
}
