// Which case a payment is probably for: the numbers found in what the bank writes, equal amounts, the payer's name. A
// proposal with its reasons, never a decision: a person confirms. Pure, and the same order for the same input.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace relance {

/// What the bank says of a payment. Texts are folded: lower case, without accents.
struct PaidLine {
  std::int64_t amount_cents = 0;  // > 0
  std::string text;               // label and references
  std::string payer;
};

/// A case as far as a payment can name it; texts folded.
struct PayableCase {
  std::string number;
  std::string debtor;
  struct Piece {
    std::string ref;
    std::int64_t open_cents = 0;
  };
  std::vector<Piece> pieces;                 // still open
  std::int64_t asked_cents = 0;              // of all of them
  std::vector<std::int64_t> expected_cents;  // payments that he declared; of a return, that were received
};

enum class MatchReason : std::uint8_t {
  case_number,      // the case's number stands in the text
  piece,            // the number of an open piece does
  expected_amount,  // a payment of this amount is expected
  pieces_amount,    // the pieces named come to this amount
  asked_amount,     // all that is asked comes to it
  piece_amount,     // one open piece does
  name,             // every word of the debtor's name
  part_of_name,     // half of them or more
};

/// "case_number", "piece" ...
[[nodiscard]] std::string_view name_of(MatchReason reason);

struct MatchProposal {
  std::size_t place = 0;  // of the case, among those given
  int score = 0;
  std::vector<MatchReason> reasons;
};

/// Knows the cases; asked for one line after the other.
class PaymentMatcher {
 public:
  explicit PaymentMatcher(std::vector<PayableCase> cases);

  /// The best cases for a line, best first, at most `most`; ties by the case's number.
  [[nodiscard]] std::vector<MatchProposal> propose(const PaidLine& line, std::size_t most) const;

  /// Which pieces of a case the text names (C. civ. 1342-10: the debtor chooses what he pays).
  [[nodiscard]] std::vector<std::size_t> named_pieces(std::size_t place, std::string_view text) const;

  [[nodiscard]] const std::vector<PayableCase>& cases() const { return cases_; }

 private:
  using Words = std::unordered_set<std::string>;
  struct Keys {  // of one case: what is looked for in a text
    std::string number;
    std::vector<std::string> pieces;
    std::vector<std::string> name;
  };

  [[nodiscard]] MatchProposal judge(std::size_t place, const PaidLine& line, const Words& words) const;

  std::vector<PayableCase> cases_;
  std::vector<Keys> keys_;
};

}  // namespace relance
