// One image, made once from the real tables, and its copy without rules.
#include "tests/fuzz/hostile_database.h"

#include "schema/lookup.h"

namespace relance::fuzz {
namespace {

constexpr std::string_view kFile = "office/hostile.db";
constexpr std::string_view kMade = "office/made.db";
constexpr std::size_t kChangesMax = 32;

Id row_of(const schema::Table& t) {
  Id id;
  id.bytes[0] = 1;
  id.bytes[15] = static_cast<std::uint8_t>(t.number);
  return id;
}

Value plain_value(const schema::Column& c) {
  switch (c.type) {
    case schema::Type::id: {
      const schema::Table* to = c.references.empty() ? nullptr : schema::find_table(c.references);
      return row_of(to == nullptr ? schema::table("case_file") : *to);
    }
    case schema::Type::text: return std::string("texte");
    case schema::Type::word: return std::string(c.words.empty() ? "texte" : c.words.front());
    case schema::Type::set: return std::string("vip");
    case schema::Type::integer: return std::int64_t{1};
    case schema::Type::flag: return std::int64_t{0};
    case schema::Type::cents: return std::int64_t{12'050};
    case schema::Type::date: return std::string("2026-10-01");
    case schema::Type::instant: return std::int64_t{1'790'000'000'000};
    case schema::Type::bytes: return Bytes{std::string(32, 'b')};
  }
  return Null{};
}

void add_rows(sql::Connection& db, schema::Side side) {
  for (const schema::Table& t : schema::business_tables()) {
    if (!schema::is_on(t, side)) continue;
    std::string names, places;
    std::vector<Value> values;
    for (std::size_t i = 0; i < t.columns.size(); ++i) {
      if (!schema::is_on(t, t.columns[i], side)) continue;
      names += (names.empty() ? "" : ", ") + std::string(t.columns[i].name);
      places += (places.empty() ? "?" : ", ?") + std::to_string(values.size() + 1);
      values.push_back(i == 0 ? Value{row_of(t)} : plain_value(t.columns[i]));
    }
    sql::Query q(db, "INSERT INTO " + std::string(t.name) + " (" + names + ") VALUES (" + places + ")");
    for (std::size_t i = 0; i < values.size(); ++i) q.bind(static_cast<int>(i + 1), values[i]);
    q.next();
  }
}

std::string without(std::string text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word))
    text.erase(at, word.size());
  return text;
}

void copy_rows(sql::Connection& from, sql::Connection& to) {
  sql::Query tables(from, "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid");
  while (tables.next()) {
    std::string sql = tables.text(1);
    for (const char* word : {" STRICT, WITHOUT ROWID", " NOT NULL", " BLOB", " TEXT", " INTEGER"})
      sql = without(sql, word);
    to.execute(sql);
    const auto rows = from.prepare("SELECT * FROM " + tables.text(0));
    while (rows->step()) {
      std::string places;
      for (int c = 0; c < rows->column_count(); ++c) places += (c == 0 ? "?" : ", ?") + std::to_string(c + 1);
      sql::Query q(to, "INSERT INTO " + tables.text(0) + " VALUES (" + places + ")");
      for (int c = 0; c < rows->column_count(); ++c) q.bind(c + 1, rows->value(c));
      q.next();
    }
  }
}

Value anything(Input& input) {
  const std::size_t how = input.byte();
  switch (how % 8) {
    case 0: return Null{};
    case 1: return static_cast<std::int64_t>(input.byte()) - 128;
    case 2: return how < 128 ? INT64_MAX : INT64_MIN;
    case 3: return std::string(input.take(input.below(40)));
    case 4: return Bytes{std::string(input.take(input.below(40)))};
    case 5: return row_of(schema::business_tables()[input.byte() % schema::business_tables().size()]);
    case 6: return std::string("2026-02-29");
    default: return std::string(how, static_cast<char>(input.byte()));
  }
}

}  // namespace

HostileDatabase::HostileDatabase(schema::Side side, const Use& make) : side_(side) {
  const auto db = sql::open_sqlite(kMade, {.mode = sql::SqliteOptions::Mode::create, .vfs = disk_.name()});
  make(*db);
  add_rows(*db, side);
  RELANCE_ASSERT(sql::checkpoint_sqlite(*db));
  image_ = disk_.read(kMade);
  loose_ = sql::open_sqlite(":memory:", {.mode = sql::SqliteOptions::Mode::create});
  copy_rows(*db, *loose_);
}

void HostileDatabase::read(std::string_view bytes, sql::SqliteOptions options, const Use& read) {
  Input input(bytes);
  if (input.byte() % 4 == 0)
    read_file(input, std::move(options), read);
  else
    read_rows(input, read);
}

void HostileDatabase::read_file(Input input, sql::SqliteOptions options, const Use& read) {
  std::string image = image_;
  for (std::size_t i = 0; i < kChangesMax && !input.is_empty(); ++i) {
    const std::size_t what = input.below(4);
    const std::size_t at = (input.byte() * 65'536 + input.byte() * 256 + input.byte()) % image.size();
    const std::size_t size = std::min(input.byte() * (what == 2 ? 64 : 1), image.size() - at);
    const std::size_t from = (input.byte() * 4096 + input.byte()) % image.size();
    if (what == 0) image[at] = static_cast<char>(input.byte());
    if (what == 1) {
      const std::string_view part = input.take(size);
      image.replace(at, part.size(), part);
    }
    if (what == 2) image.replace(at, size, image.substr(from, size));
    if (what == 3) image.resize(std::max<std::size_t>(image.size() - size * 512 % image.size(), 1));
  }
  disk_.write(kFile, image);
  options.vfs = disk_.name();
  static_cast<void>(failure_of([&] {
    const auto db = sql::open_sqlite(kFile, options);
    read(*db);
  }));
  for (const std::string suffix : {"", "-wal", "-shm"})
    if (disk_.exists(std::string(kFile) + suffix)) disk_.remove(std::string(kFile) + suffix);
}

void HostileDatabase::read_rows(Input input, const Use& read) {
  test::Rehearsal db(*loose_);
  const test::Rehearsal::Case undone(db);
  const auto business = schema::business_tables();
  const auto engine = schema::engine_tables();
  for (std::size_t i = 0; i < kChangesMax && !input.is_empty(); ++i) {
    const std::size_t place = input.byte() % (business.size() + engine.size());
    const schema::Table& t = place < business.size() ? business[place] : engine[place - business.size()];
    const schema::Column& c = t.columns[input.byte() % t.columns.size()];
    const Value value = anything(input);
    if (!schema::is_on(t, side_) || !schema::is_on(t, c, side_)) continue;
    static_cast<void>(failure_of([&] {
      sql::Query q(db, "UPDATE " + std::string(t.name) + " SET " + std::string(c.name) + " = ?1", value);
      q.next();
    }));
  }
  static_cast<void>(failure_of([&] { read(db); }));
}

}  // namespace relance::fuzz
