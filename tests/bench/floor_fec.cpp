// The floor of an import of a ledger: every line read, the customers' ones inserted with their debtors, cases, claims
// and history, in one durable commit. Nothing is checked, matched or looked up; the file is taken at its word.
#include <array>
#include <fstream>
#include <unordered_map>

#include "host/clock.h"
#include "host/failure.h"
#include "server/database.h"
#include "server/import_record.h"
#include "server/row_ids.h"
#include "tests/bench/floors.h"

namespace relance::bench {
namespace {

constexpr Ms kAnyTime = 1'795'000'000'000;

enum Cell : std::uint8_t {
  journal,
  day = 3,
  account,
  aux = 6,
  aux_label,
  piece,
  piece_on,
  label,
  debit,
  credit,
  letter,
  cells = 18
};

std::int64_t cents_of(std::string_view amount) {
  std::int64_t out = 0;
  for (const char c : amount)
    if (c != ',') out = out * 10 + (c - '0');
  return out;
}

std::string iso(std::string_view day) {
  return std::string(day.substr(0, 4)) + "-" + std::string(day.substr(4, 2)) + "-" +
         std::string(day.substr(6, 2));
}

class LedgerFloor {
 public:
  explicit LedgerFloor(sql::Connection& db)
      : db_(db),
        staff_(server::system_staff(db)),
        device_(sql::id(db, "SELECT id FROM device ORDER BY id LIMIT 1").value()) {}

  FloorRows run(const std::filesystem::path& file) {
    sql::Transaction transaction(db_, sql::Access::write);
    put("creditor", creditor_, std::nullopt, {{"name", std::string("Grand livre SA")}});
    server::write_import_record(db_, {.id = batch_,
                                      .creditor_id = creditor_,
                                      .staff_id = staff_,
                                      .format = "fec",
                                      .happened_at = kAnyTime});
    std::ifstream in(file, std::ios::binary);
    std::string text;
    std::getline(in, text);
    while (std::getline(in, text)) take(text);
    transaction.commit();
    return rows_;
  }

 private:
  void take(std::string_view text) {
    std::array<std::string_view, cells> cell;
    for (std::size_t i = 0, from = 0; i < cells; ++i) {
      const std::size_t end = text.find('\t', from);
      cell[i] = text.substr(from, end - from);
      from = end + 1;
    }
    if (!cell[account].starts_with("41")) return;
    const Id case_id = case_of(std::string(cell[aux]), cell);
    const std::int64_t cents = cents_of(cell[debit]) - cents_of(cell[credit]);
    const Id entry = ids_.next();
    const bool is_settled = !cell[letter].empty();
    std::string key(32, '\0');
    const Id unique = random_.row_id(kAnyTime);  // as scattered as the hash of a line
    key.replace(0, unique.view().size(), unique.view());
    ++rows_.entries;
    put("entry", entry, case_id,
        {{"case_id", case_id},
         {"kind", std::string(cents > 0 ? "invoice" : "payment")},
         {"account", std::string(cell[account])},
         {"journal", std::string(cell[journal])},
         {"piece_ref", std::string(cell[piece])},
         {"label", std::string(cell[label])},
         {"booked_on", iso(cell[day])},
         {"piece_on", iso(cell[piece_on])},
         {"amount_cents", cents},
         {"letter", is_settled ? Value{std::string(cell[letter])} : Value{Null{}}},
         {"settled", std::int64_t{is_settled}},
         {"batch_id", batch_},
         {"source_key", Bytes{key}}});
    if (is_settled || cents <= 0) return;
    ++rows_.claims;
    put("claim", ids_.next(), case_id,
        {{"case_id", case_id},
         {"piece_ref", std::string(cell[piece])},
         {"label", std::string(cell[label])},
         {"kind", std::string("invoice")},
         {"issued_on", iso(cell[piece_on])},
         {"due_on", iso(cell[piece_on])},
         {"due_origin", std::string("assumed")},
         {"gross_cents", cents},
         {"entry_id", entry},
         {"batch_id", batch_}});
  }

  Id case_of(const std::string& ref, const std::array<std::string_view, cells>& cell) {
    const auto [found, is_new] = cases_.try_emplace(ref);
    if (!is_new) return found->second;
    const Id debtor = ids_.next(), case_id = found->second = ids_.next();
    ++rows_.debtors;
    put("debtor", debtor, std::nullopt,
        {{"legal_name", std::string(cell[aux_label])}, {"kind", std::string("unknown")}});
    put("case_file", case_id, case_id,
        {{"number", "G-" + std::to_string(rows_.debtors)},
         {"creditor_id", creditor_},
         {"debtor_id", debtor},
         {"ledger_ref", ref},
         {"opened_on", std::string("2026-12-31")},
         {"stage", std::string("amicable")}});
    return case_id;
  }

  struct Kept {
    const schema::Table* table = nullptr;
    std::unique_ptr<sql::Statement> insert;
    std::vector<std::size_t> places;  // of the columns given
    Row row;                          // what the others begin with
  };

  void put(const char* name, const Id& id, const std::optional<Id>& case_id,
           std::initializer_list<std::pair<std::string_view, Value>> values) {
    Kept& kept = kept_[name];
    if (kept.table == nullptr) prepare(kept, name, values);
    kept.row[0] = id;
    for (std::size_t i = 0; const auto& [column, value] : values) kept.row[kept.places[i++]] = value;
    for (std::size_t i = 0; i < kept.row.size(); ++i)
      bind(*kept.insert, static_cast<int>(i) + 1, kept.row[i]);
    kept.insert->step();
    kept.insert->reset();
    note(*kept.table, id, case_id);
  }

  void prepare(Kept& kept, const char* name,
               std::initializer_list<std::pair<std::string_view, Value>> values) {
    const schema::Table& t = schema::table(name);
    std::string places;
    for (std::size_t i = 1; i <= t.columns.size(); ++i) places += (i == 1 ? "?" : ",?") + std::to_string(i);
    kept = {.table = &t,
            .insert = db_.prepare("INSERT INTO " + std::string(name) + " VALUES (" + places + ")"),
            .places = {},
            .row = Row(t.columns.size())};
    for (std::size_t i = 0; i < kept.row.size(); ++i) kept.row[i] = schema::initial_value(t.columns[i]);
    kept.row[1] = kAnyTime;
    kept.row[2] = staff_;
    kept.row[3] = device_;
    for (const auto& [column, value] : values) kept.places.push_back(schema::column(t, column));
  }

  static void bind(sql::Statement& s, int at, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value))
      s.bind(at, *number);
    else if (const auto* text = std::get_if<std::string>(&value))
      s.bind_text(at, *text, true);
    else if (const auto* id = std::get_if<Id>(&value))
      s.bind_bytes(at, id->view(), true);
    else if (const auto* bytes = std::get_if<Bytes>(&value))
      s.bind_bytes(at, bytes->data, true);
    else
      s.bind_null(at);
  }

  void note(const schema::Table& t, const Id& row, const std::optional<Id>& case_id) {
    if (history_ == nullptr)
      history_ = db_.prepare(
          "INSERT INTO history (row_id, device_id, n, position, table_no, unit, case_id, staff_id, "
          "happened_at, verdict)"
          " VALUES (?1, ?2, ?3, 0, ?4, '', ?5, ?6, ?7, 'inserted')");
    history_->bind_bytes(1, row.view(), true);
    history_->bind_bytes(2, device_.view(), true);
    history_->bind(3, ++number_);
    history_->bind(4, t.number);
    if (case_id)
      history_->bind_bytes(5, case_id->view(), true);
    else
      history_->bind_null(5);
    history_->bind_bytes(6, staff_.view(), true);
    history_->bind(7, kAnyTime);
    history_->step();
    history_->reset();
  }

  sql::Connection& db_;
  Id staff_, device_;
  SystemRandom random_;
  server::RowIds ids_{random_, kAnyTime};  // in a row, as the import makes them
  Id creditor_ = ids_.next(), batch_ = ids_.next();
  std::unordered_map<std::string, Id> cases_;
  std::unordered_map<std::string_view, Kept> kept_;
  std::unique_ptr<sql::Statement> history_;
  std::int64_t number_ = 1'000'000'000;  // beyond what the office's device has used
  FloorRows rows_;
};

}  // namespace

FloorRows insert_ledger(sql::Connection& db, const std::filesystem::path& file) {
  return LedgerFloor(db).run(file);
}

}  // namespace relance::bench
