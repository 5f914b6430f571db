// What must be true of the office, worked out a second time: a plain model of docs/protocol.md's rules over maps in
// memory. It shares no code with merging, ledger, feeds or replica; only the schema's declaration and the shapes of
// values are common. Where the two disagree, one of them is wrong.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/digest.h"
#include "sync/mutation.h"

namespace relance::sim {

using Number = std::int64_t;

/// Who edits, and what he is known to have been shown.
struct Hand {
  Id staff;
  schema::Writers role = schema::nobody;
  Id device;
  Id shown_epoch;
  Number shown = 0;  // the office's commit that he was last shown whole
};

struct Verdict {
  sync::Status status = sync::Status::refused;
  std::string reason;
  [[nodiscard]] bool was_taken_in() const {
    return status == sync::Status::applied || status == sync::Status::merged ||
           status == sync::Status::conflict;
  }
  friend bool operator==(const Verdict&, const Verdict&) = default;
};
[[nodiscard]] std::string text_of(const Verdict& verdict);
/// Is `is` what it should be? Another's row may be told as absent: how long the office remembers is its own affair.
[[nodiscard]] bool agrees(const Verdict& should, const Verdict& is);

/// A row's case and debtor, as the declaration has it.
struct Place {
  std::optional<Id> case_id, debtor_id;
};
[[nodiscard]] Place place_of(const schema::Table& table, const Row& row);

class Oracle {
 public:
  // ---- what the office is told ----
  void enter_device(const Id& device, Ms enrolled_at);
  /// A row that the test made by hand when the office was founded.
  void found_row(const schema::Table& table, Row row);
  /// An edit that the office takes in now. `at`: its bounded time.
  Verdict take(const Hand& hand, const sync::Mutation& mutation, const Digest& hash, Ms at);
  /// The same for a number that is only recorded (a refused edit, after a restore).
  void record(const Id& device, Number n, const Digest& hash, const Verdict& verdict);
  /// The office erases a case, and the debtor whom its order names, unless another case of his is there. False where
  /// nothing of the case was left.
  bool erase(const Id& case_id, const std::optional<Id>& debtor);
  /// Every commit of the office, whatever is in it.
  void count_commit() { ++state_.commits; }

  // ---- what must be ----
  struct Fate {
    Digest hash{};
    Verdict verdict;
  };
  struct Device {
    Ms enrolled_at = 0;
    Number last_n = 0, lost_below = 0, acked = 0, durable = 0;
    Number floor = 0;  // shown at its last request that sent its whole outbox
  };
  struct Side {
    std::string side, content;
    Id author, device;
    friend auto operator<=>(const Side&, const Side&) = default;
  };
  struct Conflict {
    Id id;  // the office's: told by name_conflict
    const schema::Table* table = nullptr;
    Id row;
    std::optional<Id> case_id, debtor_id;
    std::string unit, kind, state = "open";
    Value resolution;
    std::vector<Side> sides;
  };
  struct Trace {  // a line of history
    Id row, device;
    Number n = 0;
    std::string unit, verdict, after;
    friend auto operator<=>(const Trace&, const Trace&) = default;
  };
  struct Stamp {
    Ms at = 0;
    Id device;
    Number n = 0;
    Id staff;
    friend auto operator<=>(const Stamp&, const Stamp&) = default;
  };
  struct Kept {
    const schema::Table* table = nullptr;
    Row row;
    std::map<std::string, Stamp> stamps;  // of each unit: the latest edit that wrote it
  };
  struct State {
    std::map<Id, Kept> rows;
    std::vector<Conflict> conflicts;
    std::set<std::pair<Id, Id>> never_made;    // device, row of a refused insert
    std::map<std::pair<Id, Id>, Number> left;  // staff, case or debtor: the commit at which it left him last
    std::set<std::pair<Id, Id>> away;          // staff, debtor: out of his hands now
    std::map<Id, Number> case_told;            // case: the commit that last changed its own row
    std::map<std::pair<Id, Id>, Number> came;  // staff, case: the commit at which it came to him
    std::map<std::pair<Id, Number>, Fate> fates;
    std::map<Id, Device> devices;
    std::multiset<Trace> history;
    Number commits = 0;
    Number received_cents = 0, received = 0;        // money: every payment row that was taken in
    std::set<Id> erased;                            // ids that may not come back
    std::set<std::pair<Id, std::string>> accounts;  // creditor and reference of erased cases
    std::size_t erasures = 0;                       // orders carried out, of those that the ledger file lists
    Id epoch;
  };
  [[nodiscard]] State& state() { return state_; }
  [[nodiscard]] const State& state() const { return state_; }
  /// A restore: everything is as it was then, in a new epoch.
  void go_back(State to, const Id& epoch);

  [[nodiscard]] bool holds(const Id& staff, const Id& case_id) const;
  [[nodiscard]] bool holds_debtor(const Id& staff, const Id& debtor) const;
  /// Is the row one that this member of staff's replicas hold?
  [[nodiscard]] bool sees(const Id& staff, const schema::Table& table, const Row& row) const;
  [[nodiscard]] std::optional<Id> debtor_of(const Id& case_id) const;
  [[nodiscard]] bool has_another_case(const Id& debtor, const Id& case_id) const;
  /// Does one of its operations name an erased row, or point to one? `hanging`: rows that such edits of the same batch
  /// would have made; they are consulted, and this one's are added.
  bool touches_erased(const sync::Mutation& mutation, std::set<Id>* hanging = nullptr) const;

 private:
  struct Doing;
  enum class Standing { holder, restricted, late, stranger };

  std::string insert(Doing& doing, const sync::Op& op);
  std::string update(Doing& doing, const sync::Op& op);
  std::string close_conflict(Doing& doing, const sync::Op& op, Conflict& conflict);
  void merge_unit(Doing& doing, const sync::Op& op, const schema::Unit& unit, Kept& kept);
  void meet(Doing& doing, const Kept& kept, const schema::Unit& unit, const std::vector<std::size_t>& columns,
            const std::vector<Value>& current, const std::vector<Value>& mine, const std::string& kind);
  std::string missing(const Doing& doing, const Id& row) const;
  std::string wrong_parent(const Doing& doing, const schema::Table& table, const Row& row,
                           const std::vector<std::size_t>& columns) const;
  /// What law wants of a row and it did not break before: a deadline's result, a charge's title.
  [[nodiscard]] std::string unlawful(const schema::Table& table, const Row* before, const Row& after) const;
  [[nodiscard]] bool clashes(const schema::Table& table, const Row& row) const;
  [[nodiscard]] Standing standing(const Doing& doing, const schema::Table& table, const Place& place) const;
  [[nodiscard]] Standing holders_standing(const Doing& doing, const Place& place) const;
  [[nodiscard]] bool is_restricted(const Id& case_id) const;
  [[nodiscard]] std::string forbidden_change(const Hand& hand, const schema::Table& table, const Row& before,
                                             const Row& after) const;
  void take_debtor_from_holders(const Id& case_id);
  void assignment_moved(const Row& before, const Row& after);
  void debtor_moved(const Row& before, const Row& after);
  void write_history(Doing& doing, const Id& row, const std::string& unit, const std::string& verdict,
                     const std::string& after);
  Kept& touch(Doing& doing, const Id& row);

  State state_;
};

}  // namespace relance::sim
