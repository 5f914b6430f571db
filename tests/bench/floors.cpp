#include "tests/bench/floors.h"

#include <boost/json.hpp>

#include "host/compress.h"
#include "host/failure.h"
#include "server/feed.h"
#include "sync/json.h"
#include "sync/limits.h"

namespace relance::bench {
namespace {

namespace json = boost::json;
using schema::Table;

std::string_view view_of(const json::value& text) {
  const json::string& s = text.as_string();
  return {s.data(), s.size()};
}

std::string served_columns(const Table& t, std::string_view prefix, std::string_view quote = {}) {
  std::string out;
  for (const schema::Column& column : t.columns)
    if (column.served)
      out += (out.empty() ? "" : ",") + std::string(prefix) + std::string(quote) + std::string(column.name) +
             std::string(quote);
  return out;
}

// The shortest way from an agent to a table's rows: by the assignment's and the table's own index.
std::string select_of(const Table& t) {
  const std::string columns = served_columns(t, "t.");
  const std::string name{t.name};
  constexpr const char* kHeld = " WHERE a.staff_id = ?1 AND a.valid_to IS NULL";
  switch (t.way) {
    case schema::Way::common: return "SELECT " + columns + " FROM " + name + " t WHERE ?1 IS NOT NULL";
    case schema::Way::root:
      return "SELECT " + columns + " FROM assignment a JOIN case_file t ON t.id = a.case_id" + kHeld;
    case schema::Way::debtor:
      return "SELECT " + columns +
             " FROM assignment a JOIN case_file c ON c.id = a.case_id JOIN debtor t ON t.id = c.debtor_id" +
             kHeld;
    default: break;
  }
  if (!schema::find_column(t, "case_id")) return {};
  return "SELECT " + columns + " FROM assignment a JOIN " + name + " t ON t.case_id = a.case_id" + kHeld;
}

std::vector<schema::Type> served_types(const Table& t) {
  std::vector<schema::Type> out;
  for (const schema::Column& column : t.columns)
    if (column.served) out.push_back(column.type);
  return out;
}

bool is_number(schema::Type type) {
  return type == schema::Type::integer || type == schema::Type::flag || type == schema::Type::cents ||
         type == schema::Type::instant;
}

void append_row(std::string& out, const sql::Statement& s, const std::vector<schema::Type>& types) {
  out += out.ends_with('[') ? "[" : ",[";
  for (std::size_t i = 0; i < types.size(); ++i) {
    const int c = static_cast<int>(i);
    if (i > 0) out += ',';
    if (s.is_null(c))
      out += "null";
    else if (types[i] == schema::Type::id)
      sync::append_json(out, *Id::from_bytes(s.view(c)));
    else if (is_number(types[i]))
      sync::append_json(out, s.integer(c));
    else
      sync::append_json(out, s.view(c));
  }
  out += ']';
}

/// Binds a JSON value as its column stores it. `id` keeps the bytes until the step.
void bind_json(sql::Statement& s, int index, const json::value& value, schema::Type type, Id& id) {
  if (value.is_null()) return s.bind_null(index);
  if (type == schema::Type::id) {
    id = Id::parse(view_of(value)).value();
    return s.bind_bytes(index, id.view(), true);
  }
  if (is_number(type)) return s.bind(index, value.as_int64());
  s.bind_text(index, view_of(value), true);
}

void insert_block(sql::Connection& replica, const json::object& block, bool replaces) {
  const Table& t = schema::table(view_of(block.at("table")));
  const std::vector<schema::Type> types = served_types(t);
  std::string places, sets;
  for (std::size_t i = 1; i <= types.size(); ++i) places += (i == 1 ? "?" : ",?") + std::to_string(i);
  if (replaces) {
    for (const schema::Column& column : t.columns)
      if (column.served && column.name != "id")
        sets +=
            (sets.empty() ? "" : ",") + std::string(column.name) + "=excluded." + std::string(column.name);
    sets = " ON CONFLICT (id) DO UPDATE SET " + sets;
  }
  const auto statement = replica.prepare("INSERT INTO " + std::string(t.name) + " (" + served_columns(t, "") +
                                         ") VALUES (" + places + ")" + sets);
  std::vector<Id> ids(types.size());
  for (const json::value& row : block.at("values").as_array()) {
    const json::array& values = row.as_array();
    for (std::size_t i = 0; i < types.size(); ++i)
      bind_json(*statement, static_cast<int>(i) + 1, values[i], types[i], ids[i]);
    statement->step();
    statement->reset();
  }
}

void insert_all(sql::Connection& replica, std::string_view text, bool replaces) {
  json::monotonic_resource memory(text.size() * 2);
  const json::value parsed = json::parse(json::string_view(text.data(), text.size()), &memory);
  sql::Transaction transaction(replica, sql::Access::write);
  for (const json::value& block : parsed.as_array()) insert_block(replica, block.as_object(), replaces);
  transaction.commit();
}

std::string opening_of(const Table& t) {
  return "{\"table\":\"" + std::string(t.name) + "\",\"columns\":[" + served_columns(t, "", "\"") +
         "],\"values\":[";
}

}  // namespace

std::string serve_everything(sql::Connection& office, const Id& staff_id) {
  std::string out = "[";
  const sql::Transaction snapshot(office, sql::Access::read);
  for (const Table& t : schema::business_tables()) {
    const std::string select = schema::is_served(t) ? select_of(t) : std::string{};
    if (select.empty()) continue;
    const std::vector<schema::Type> types = served_types(t);
    sql::Query q(office, select, staff_id);
    if (!q.next()) continue;
    out += (out.size() == 1 ? "" : ",") + opening_of(t);
    do append_row(out, q.statement(), types);
    while (q.next());
    out += "]}";
  }
  return compress(out + "]");
}

void insert_everything(sql::Connection& replica, std::string_view compressed) {
  insert_all(replica, expand(compressed, sync::kExpandedBytesMax), false);
}

std::string serve_rows(sql::Connection& office, const std::vector<NamedRows>& rows) {
  std::string out = "[";
  const sql::Transaction snapshot(office, sql::Access::read);
  for (const NamedRows& named : rows) {
    const std::vector<schema::Type> types = served_types(*named.table);
    out += (out.size() == 1 ? "" : ",") + opening_of(*named.table);
    const std::string select = "SELECT " + served_columns(*named.table, "") + " FROM " +
                               std::string(named.table->name) + " WHERE id = ?1";
    for (const Id& id : named.ids) {
      sql::Query q(office, select, id);
      if (q.next()) append_row(out, q.statement(), types);
    }
    out += "]}";
  }
  return out + "]";
}

void apply_rows(sql::Connection& replica, std::string_view text) { insert_all(replica, text, true); }

// ---- push ------------------------------------------------------------------------------------------------------

namespace {

constexpr Ms kAnyTime = 1'795'000'000'000;
const char* const kHistory =
    "INSERT INTO history (row_id, device_id, n, position, table_no, unit, case_id, staff_id, happened_at, "
    "verdict, before, after)"
    " VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const char* const kFeedEntry =
    "INSERT INTO feed_entry (feed_id, table_no, row_id, seq, gone, origin) VALUES (?1, ?2, ?3, ?4, 0, ?5)"
    " ON CONFLICT (feed_id, table_no, row_id) DO UPDATE SET seq = excluded.seq, gone = 0, origin = "
    "excluded.origin";
const char* const kLog =
    "INSERT INTO mutation_log (device_id, n, hash, status, intent, claimed_at, happened_at, received_at)"
    " VALUES (?1, ?2, ?3, 'applied', ?4, ?5, ?5, ?5)";

std::string whole_insert(const Table& t) {
  std::string places;
  for (std::size_t i = 1; i <= t.columns.size(); ++i) places += (i == 1 ? "?" : ",?") + std::to_string(i);
  return "INSERT INTO " + std::string(t.name) + " VALUES (" + places + ")";
}

std::size_t column_of(const Table& t, const json::key_value_pair& one) {
  return schema::column(t, {one.key().data(), one.key().size()});
}

}  // namespace

// What one operation did, for history and feed.
struct PushFloor::Written {
  const Table* table = nullptr;
  Id row, case_id;
  std::string unit, before, after;
};

sql::Statement& PushFloor::statement(const void* key, std::string_view text) {
  auto& kept = statements_[key];
  if (kept == nullptr) kept = office_.prepare(text);
  kept->reset();
  return *kept;
}

void PushFloor::take(const std::vector<Push>& pushes) {
  sql::Transaction transaction(office_, sql::Access::write);
  for (const Push& push : pushes) take_one(push);
  transaction.commit();
}

void PushFloor::take_one(const Push& push) {
  json::monotonic_resource memory(push.body.size() * 2);
  const json::value parsed = json::parse(json::string_view(push.body.data(), push.body.size()), &memory);
  const json::array& mutations = parsed.at("mutations").as_array();
  const auto count = static_cast<std::int64_t>(mutations.size());
  std::int64_t seq = sql::number(office_, "UPDATE feed SET head = head + ?2 WHERE id = ?1 RETURNING head",
                                 push.staff_id, count)
                         .value() -
                     count;
  std::int64_t n = 0;
  for (const json::value& mutation : mutations) {
    n = mutation.at("n").as_int64();
    const json::array& op = mutation.at("ops").as_array().at(0).as_array();
    Written written{.table = &schema::table(view_of(op[1])), .row = Id::parse(view_of(op[2])).value()};
    if (view_of(op[0]) == "insert")
      write_insert(push, op[3].as_object(), written);
    else
      write_update(op[3].as_object(), written);
    note(push, n, ++seq, view_of(mutation.at("intent")), written);
  }
  sql::run(office_, "UPDATE device_state SET last_n = ?2 WHERE device_id = ?1", push.device_id, n);
}

void PushFloor::write_insert(const Push& push, const json::object& columns, Written& written) {
  const Table& t = *written.table;
  Row row(t.columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = schema::initial_value(t.columns[i]);
  row[0] = written.row;
  row[1] = kAnyTime;
  row[2] = push.staff_id;
  row[3] = push.device_id;
  for (const auto& one : columns) {
    const std::size_t at = column_of(t, one);
    RELANCE_ASSERT(sync::read_value(one.value(), t.columns[at].type, row[at]));
    if (t.columns[at].name == "case_id") written.case_id = std::get<Id>(row[at]);
  }
  sql::Statement& s = statement(&t, statements_.contains(&t) ? std::string{} : whole_insert(t));
  for (std::size_t i = 0; i < row.size(); ++i) {
    const int at = static_cast<int>(i) + 1;
    if (const auto* number = std::get_if<std::int64_t>(&row[i]))
      s.bind(at, *number);
    else if (const auto* text = std::get_if<std::string>(&row[i]))
      s.bind_text(at, *text, true);
    else if (const auto* id = std::get_if<Id>(&row[i]))
      s.bind_bytes(at, id->view(), true);
  }
  s.step();
}

void PushFloor::write_update(const json::object& columns, Written& written) {
  const Table& t = *written.table;
  written.case_id = written.row;
  for (const auto& one : columns) {
    const schema::Column& column = t.columns[column_of(t, one)];
    const std::string name{column.name};
    const std::string_view after = view_of(one.value().at(1));
    sql::Statement& s =
        statement(&column, statements_.contains(&column)
                               ? std::string{}
                               : "UPDATE " + std::string(t.name) + " SET " + name + " = ?2 WHERE id = ?1");
    s.bind_bytes(1, written.row.view(), true);
    s.bind_text(2, after, true);
    s.step();
    written.unit = name;
    written.before = "{\"" + name + "\":" + json::serialize(one.value().at(0)) + "}";
    written.after = "{\"" + name + "\":" + json::serialize(one.value().at(1)) + "}";
  }
}

void PushFloor::note(const Push& push, std::int64_t n, std::int64_t seq, std::string_view intent,
                     const Written& written) {
  static const std::string kHash(32, '\0');
  sql::Statement& history = statement(kHistory, kHistory);
  history.bind_bytes(1, written.row.view(), true);
  history.bind_bytes(2, push.device_id.view(), true);
  history.bind(3, n);
  history.bind(4, written.table->number);
  history.bind_text(5, written.unit, true);
  history.bind_bytes(6, written.case_id.view(), true);
  history.bind_bytes(7, push.staff_id.view(), true);
  history.bind(8, kAnyTime);
  history.bind_text(9, written.unit.empty() ? "inserted" : "taken", true);
  if (!written.unit.empty()) {
    history.bind_text(10, written.before, true);
    history.bind_text(11, written.after, true);
  }
  history.step();
  sql::Statement& entry = statement(kFeedEntry, kFeedEntry);
  entry.bind_bytes(1, push.staff_id.view(), true);
  entry.bind(2, written.table->number);
  entry.bind_bytes(3, written.row.view(), true);
  entry.bind(4, seq);
  entry.bind_bytes(5, push.device_id.view(), true);
  entry.step();
  sql::Statement& log = statement(kLog, kLog);
  log.bind_bytes(1, push.device_id.view(), true);
  log.bind(2, n);
  log.bind_bytes(3, kHash, true);
  log.bind_text(4, intent, true);
  log.bind(5, kAnyTime);
  log.step();
}

}  // namespace relance::bench
