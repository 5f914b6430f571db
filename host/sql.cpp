#include "host/sql.h"

#include "host/failure.h"

namespace relance::sql {

Query::Query(Connection& db, std::string_view text, Unbound) : db_(db), statement_(db.borrow(text)) {
  if (statement_ == nullptr) {
    own_ = db.prepare(text);
    statement_ = own_.get();
  }
}

Query::~Query() {
  if (own_ == nullptr) db_.give_back(statement_);
}

Id Query::id(int c) const {
  const auto found = Id::from_bytes(statement_->view(c));
  if (!found) throw Failure(Code::corrupt, std::string(facts_of(Code::corrupt).sentence));
  return *found;
}

std::optional<Id> Query::maybe_id(int c) const {
  if (statement_->is_null(c)) return std::nullopt;
  return Id::from_bytes(statement_->view(c));
}

namespace {

void bind_value(Statement& to, int place, const Value& value, bool is_staying) {
  struct Binder {
    Statement& statement;
    int index;
    bool stays;
    void operator()(const Null&) const { statement.bind_null(index); }
    void operator()(std::int64_t v) const { statement.bind(index, v); }
    void operator()(const std::string& v) const { statement.bind_text(index, v, stays); }
    void operator()(const Id& v) const { statement.bind_bytes(index, v.view(), stays); }
    void operator()(const Bytes& v) const { statement.bind_bytes(index, v.data, stays); }
  };
  std::visit(Binder{to, place, is_staying}, value);
}

}  // namespace

void Query::bind(int index, const Value& value) { bind_value(*statement_, index, value, false); }

void Query::bind_staying(int index, const Value& value) { bind_value(*statement_, index, value, true); }

Savepoint::~Savepoint() {
  // The engine may have thrown the whole transaction away already (disk full): then there is nothing to undo.
  if (!open_ || !db_.in_transaction()) return;
  try {
    db_.rollback_savepoint();
  } catch (const Failure&) {
    db_.rollback();
  }
}

std::optional<std::string> get_meta(Connection& db, std::string_view name) {
  return text(db, "SELECT content FROM meta WHERE name = ?1", name);
}

void set_meta(Connection& db, std::string_view name, std::string_view content) {
  run(db,
      "INSERT INTO meta (name, content) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET content = "
      "excluded.content",
      name, content);
}

}  // namespace relance::sql
