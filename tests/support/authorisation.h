// Who may do what, as docs/protocol.md and the schema's declared writers say it, and a world in which every kind of
// person stands in every relation to a row. The rules are written down here once more, on purpose: they share no code
// with the ledger that they judge.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "server/sync_service.h"
#include "tests/support/office_digest.h"
#include "tests/support/rehearsal.h"
#include "tests/support/world.h"

namespace relance::test {

/// What somebody is to case A, on whose rows every case of the matrix is played.
enum class Relation {
  holder,
  sibling,      // holds another case of the same debtor
  former,       // held it, and has been shown that he lost it
  former_late,  // held it, and could not know yet
  stranger,     // holds a case of another debtor
  office,       // clerk, office or data protection officer: people of the office see every row
};

struct Person {
  std::string name;
  schema::Writers role = schema::nobody;
  Relation relation = Relation::office;
  Id staff, device;
};

enum class Aim {
  row,     // of case A, or the common or office row
  later,   // of case A, made after the former holders had lost it
  absent,  // nobody ever made it
};

enum class Fate {
  let,
  late_insert,  // taken, marked late
  late_update,  // kept for the present holders
  not_permitted,
  not_holder,
  unknown_row,
};
[[nodiscard]] std::string_view name_of(Fate fate);
[[nodiscard]] std::string_view name_of(Aim aim);

/// One edit to be judged.
struct Ask {
  const schema::Table* table = nullptr;
  sync::OpKind kind = sync::OpKind::insert;
  std::string_view unit;  // what is written beside the required columns
  std::vector<const schema::Column*> columns;
};

/// The rules. `aim` of an insert is its parent.
[[nodiscard]] Fate fate_of(const Ask& ask, const Person& person, Aim aim);

/// Every table x insert, update x merge unit; the stamp columns too, which are nobody's to write.
[[nodiscard]] std::vector<Ask> all_asks();

class AuthorisationWorld : public World {
 public:
  AuthorisationWorld();

  struct Told {
    int status = 0;  // of HTTP
    sync::Outcome outcome;
    std::string body;  // with the random resume token blotted out
  };
  /// Sends one mutation of `ops` as the device of `person` would.
  [[nodiscard]] Told tell(const Person& person, const std::vector<sync::Op>& ops);
  [[nodiscard]] Told tell(const Person& person, const std::string& request);
  [[nodiscard]] std::vector<sync::Op> ops_for(const Ask& ask, Aim aim);
  /// A request that reads everything from the start.
  [[nodiscard]] std::string bootstrap_request();
  [[nodiscard]] std::string digest() { return office_digest(rehearsal); }
  [[nodiscard]] sync::Request request_head(const Person& person);

  std::vector<Person> people;
  CaseIds a, other_of_debtor, b;
  std::map<std::string, Id> rows, later, foreign;  // by table: of case A, of case A later, of case B
  Rehearsal rehearsal{office.db()};
  server::Ledger ledger{rehearsal, clock, random};
  server::DirectCommitter committer{ledger};
  server::DirectReader reader{rehearsal};
  server::SyncService service{committer, reader, clock};

  /// Texts that the world's rows hold begin with it: it must not be in an answer to who may not read them.
  static constexpr std::string_view kMarker = "zq~";

 private:
  void add_person(const std::string& name, std::string_view role, Relation relation);
  void make_rows(std::map<std::string, Id>& into, const CaseIds& of, const Person& holder);
  void make_conflict(std::map<std::string, Id>& into, const Person& holder);
  [[nodiscard]] Value fitting(const schema::Column& column, const std::map<std::string, Id>& among,
                              const CaseIds& of);
  [[nodiscard]] Value other_than(const schema::Column& column, const Value& now);
  [[nodiscard]] std::vector<sync::Op> closing(const Ask& ask, const Id& conflict, bool is_absent);
  [[nodiscard]] const Id& staff_of(std::string_view name) const;

  int salt_ = 0;
};

}  // namespace relance::test
