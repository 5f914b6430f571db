// The vocabulary in which every table and column is declared, once, as constexpr C++.
// From the declaration come the DDL of both databases, merging, field-level rights, feeds, erasure,
// export, log redaction, random rows for tests and the data register in docs/.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace relance::schema {

enum class Type : std::uint8_t {
  id,       // 16 bytes
  text,     // UTF-8, at most `text_max` bytes
  word,     // one of a closed set, `words`
  set,      // words or tags, sorted, one blank between: "vip visit"
  integer,  // 64 bits
  flag,     // 0 or 1
  cents,    // money, integer cents
  date,     // civil date, "2026-11-21"
  instant,  // milliseconds UTC
  bytes,    // anything else: hashes, kept requests; engine tables only
};

/// What happens when two people changed one unit since they last saw each other's work (docs/protocol.md).
enum class Merge : std::uint8_t {
  fixed,      // never changes after insert
  latest,     // the later corrected edit time wins; the loser goes to history
  review,     // the server's value stays; a conflict keeps both for a person
  office,     // the office's value wins; the loser goes to history
  members,    // union of additions, minus removals
  state,      // the join of both moves along the words; review where there is none
  strictest,  // the more protective value (the later word, the larger number) wins
};

/// Who may write a column; a row is first checked for whether its author may see it at all.
enum Writers : std::uint8_t {
  nobody = 0,
  agent = 1,  // an agent, on a case that he holds
  clerk = 2,
  office = 4,
  dpo = 8,
  server = 16,  // computed or stamped by the server itself
};
constexpr Writers operator|(Writers a, Writers b) {
  return static_cast<Writers>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool may_write(Writers who, Writers allowed) {
  return (static_cast<unsigned>(who) & static_cast<unsigned>(allowed)) != 0;
}

/// What a value says about a person. Drives erasure, export, log redaction.
enum class Privacy : std::uint8_t { none, identity, contact, financial, free_text, security };

/// When a table's rows go (the rules themselves are dated rows, later; this is the class they speak of).
enum class Retention : std::uint8_t {
  case_file,   // with the case: RC1 to RC5
  accounting,  // ten years from the year's end, pseudonymised when the case goes: RC6
  access,      // logs of access and sync, 12 months: RC8
  journal,     // the proof of purges, five years: RC10
  reference,   // while in force
  engine,      // as long as the protocol needs it
};

/// A table's way to the cases it belongs to: what a feed carries follows from it.
enum class Way : std::uint8_t {
  common,   // reference rows that everyone follows
  office,   // stays on the server
  root,     // case_file itself
  debtor,   // debtor itself: every case of that debtor
  by_case,  // its `case_id` and, where it has one, its `debtor_id`: the cases of either
};

struct Column {
  std::string_view name;
  Type type = Type::text;
  Merge merge = Merge::fixed;
  Writers writers = nobody;
  Privacy privacy = Privacy::none;
  std::string_view meaning;  // a sentence for an auditor
  std::span<const std::string_view> words =
      {};                            // the closed set, in order (lenient to strict, early to late)
  std::string_view unit = {};        // merge unit; a column is its own unit unless it names one
  std::string_view references = {};  // the table that an id points into
  bool required = false;
  std::string_view initial = {};  // value of an insert that does not give the column
  bool served = true;             // false: never leaves the server
  int text_max = 200;             // bytes; an edit over it is refused: bad_value
  int chain = 0;  // policy state: the first `chain` words join to the later one; others only with themselves
  int since = 1;  // of a column that came after its table
};

struct Index {
  std::string_view name;
  std::string_view columns;  // comma separated
  bool unique = false;
};

enum class Side : std::uint8_t { both, server, client };

struct Table {
  int number = 0;  // stable, never reused: feeds and shadows name tables by it
  std::string_view name;
  Way way = Way::office;
  Side side = Side::both;
  Retention retention = Retention::engine;
  Writers inserters = nobody;
  std::span<const Column> columns;
  std::string_view meaning;
  std::string_view key = "id";  // comma separated
  std::span<const Index> indexes = {};
  int since = 1;
  bool engine = false;  // one of the machinery's own tables: not a business row, no feed
};

[[nodiscard]] std::string_view name_of(Type type);
[[nodiscard]] std::string_view name_of(Merge merge);
[[nodiscard]] std::string_view name_of(Privacy privacy);
[[nodiscard]] std::string_view name_of(Retention retention);
[[nodiscard]] std::string_view name_of(Way way);

/// "agent clerk office", in words for a page.
[[nodiscard]] std::string_view name_of(Writers one);

}  // namespace relance::schema
