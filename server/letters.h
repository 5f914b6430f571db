// The life of a letter at the office: prepared (and shown), issued with a number and frozen bytes, sent, tracked by the
// post, superseded by another of its level. Everything is written in the Work that the caller has open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/letter_mentions.h"
#include "rules/letter_wording.h"
#include "server/ledger.h"
#include "server/letter_facts.h"

namespace relance::server {

/// A reason for which a letter may not be issued, for people and scripts.
struct LetterObstacle {
  std::string code;  // of a bar, "missing_mention", "court_wording", "superseded"
  std::string sentence;
  std::vector<std::string> details;  // names of mentions, words
};

struct PreparedLetter {
  LetterFacts facts;  // its number is still "projet"
  LetterText text;
  LetterTemplate pattern;
  std::vector<LetterObstacle> obstacles;  // empty: it may be issued
  std::vector<std::string> warnings;
};

/// The letter as it would be issued today. Failure{not_found} for a case, template, dated rule or payment that is not
/// there. REQUIRES: a transaction is open.
[[nodiscard]] PreparedLetter prepare_letter(sql::Connection& db, const LetterOrder& order, CivilDate today);

struct IssuedLetter {
  Id id;
  std::string number;
  std::string file_hash;  // hex
  std::int64_t asked_cents = 0;
  std::vector<std::string> superseded;    // ids of drafts whose place it took
  std::vector<LetterObstacle> obstacles;  // then no letter was written
  std::vector<std::string> warnings;
};

/// Gives it a number, stores its bytes, and freezes it. A draft of the same case and kind becomes it, the newest where
/// there are several: the others are superseded. `draft`: that one and no other.
[[nodiscard]] IssuedLetter issue_letter(Ledger& ledger, const Author& author, LetterOrder order,
                                        CivilDate today, const std::optional<Id>& draft = {},
                                        const std::string& registered_no = {});

/// It was posted: this, and nothing before, raises the case's level. A formal notice moves the case's stage. Failure
/// {refused} where it is not issued, or was sent already on another day; {usage} for a day that is still to
/// come.
void mark_sent(Ledger& ledger, const Author& author, const Id& letter, CivilDate on);

/// What the post says: "presented", "received", "unknown_there", "refused", "unclaimed". Unknown at the address opens
/// an enquiry into it (R21); refused and unclaimed letters stay served. Failure{refused} before it was sent, also by
/// its day; {usage} for a day that is still to come.
void track_letter(Ledger& ledger, const Author& author, const Id& letter, const std::string& tracking,
                  CivilDate on);

/// By number or id. Failure{not_found}.
[[nodiscard]] Id find_letter(sql::Connection& db, const std::string& number_or_id);

/// The frozen bytes, checked against their hash. Failure{not_found} before issue, Failure{corrupt}.
[[nodiscard]] std::string letter_file(sql::Connection& db, const Id& letter);

/// A sentence for a bar, in English: the office's language until its screens come.
[[nodiscard]] std::string bar_sentence(LetterBar bar, const LetterStanding& standing);

struct CaseDueLetter {
  std::string case_number, creditor, debtor;
  DueLetter due;
  std::string why_not;  // the sentence of its bar; empty: it can be issued
};

/// Which letter is due in which open case: those that can be issued first, each group by number. `with_barred`: also
/// those in whose way something stands.
[[nodiscard]] std::vector<CaseDueLetter> letters_due(sql::Connection& db, CivilDate today, bool with_barred);

}  // namespace relance::server
