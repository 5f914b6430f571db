// The declaration's rules again, with the column named; each rule shown to fail on a declaration that breaks it; the
// DDL on a real database; and the data register in docs/, which is generated from the same declaration.
#include <filesystem>
#include <fstream>
#include <set>

#include "host/failure.h"
#include "host/sqlite.h"
#include "schema/ddl.h"
#include "schema/lookup.h"
#include "schema/register.h"
#include "schema/rules.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::schema;

namespace {

struct Named {
  const char* name;
  Breach (*rule)();
};

const Named kRules[] = {
    {"names are snake case and not reserved", names_are_snake_case_and_not_reserved},
    {"every column has a meaning", every_column_has_a_meaning},
    {"money ends in cents and is never latest", money_ends_in_cents_and_is_never_latest},
    {"dates end in on and instants in at", dates_end_in_on_and_instants_in_at},
    {"words belong to word columns", words_belong_to_word_columns},
    {"references name a table", references_name_a_table},
    {"a unit has one policy and one set of writers", a_unit_has_one_policy_and_one_set_of_writers},
    {"no unit bears the name of another column", no_unit_bears_the_name_of_another_column},
    {"policies fit types", policies_fit_types},
    {"every personal column can be reached from a person",
     every_personal_column_can_be_reached_from_a_person},
    {"by_case tables say which case", by_case_tables_say_which_case},
    {"what hangs on a case is found by it", what_hangs_on_a_case_is_found_by_it},
    {"table numbers and names are unique", table_numbers_and_names_are_unique},
    {"what came later can be left out", what_came_later_can_be_left_out},
    {"nothing is newer than the schema", nothing_is_newer_than_the_schema},
};

template <class Rule>
void for_each_column(Rule rule) {
  for (const auto& tables : {business_tables(), engine_tables()})
    for (const Table& t : tables)
      for (const Column& c : t.columns) rule(t, c);
}

/// Creates every table of one side in an empty database.
std::unique_ptr<sql::Connection> create(const std::filesystem::path& file, Side side) {
  auto db = sql::open_sqlite(file, {.mode = sql::SqliteOptions::Mode::create, .enforce_references = true});
  for (const std::string& statement : create_statements(side, Dialect::sqlite)) {
    INFO(statement);
    REQUIRE_NOTHROW(db->execute(statement));
  }
  return db;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

}  // namespace

TEST_CASE("the declaration keeps every rule, or the column that does not is named") {
  for (const Named& each : kRules) {
    const Breach breach = each.rule();
    if (!breach.none()) FAIL_CHECK(each.name << ": " << breach.table << "." << breach.column);
  }
}

TEST_CASE("the words that rules are made of tell good from bad") {
  for (const char* bad : {"", "Name", "two words", "é", "a-b", "a.b"}) CHECK_FALSE(is_snake_case(bad));
  for (const char* good : {"a", "due_on", "b2c"}) CHECK(is_snake_case(good));
  for (const char* word : {"user", "order", "case", "group", "int", "namespace", "table"})
    CHECK(is_reserved(word));
  CHECK_FALSE(is_reserved("case_file"));
  CHECK(is_declared("debtor"));
  CHECK(is_declared("import_batch"));
  CHECK_FALSE(is_declared("debtors"));
  CHECK_FALSE(is_declared(""));
  const Breach here = first_breach([](const Table&, const Column& c) { return c.name != "legal_hold"; });
  CHECK(here.table == "case_file");
  CHECK(here.column == "legal_hold");
}

// Rules of the trade that the compiler does not ask, each over every column.

TEST_CASE("initial values fit their columns, and what is required of an insert can be given") {
  for_each_column([](const Table& t, const Column& c) {
    INFO(t.name << "." << c.name);
    if (!c.initial.empty()) CHECK(why_not(c, initial_value(c)).empty());
    if (t.engine || t.inserters == nobody || t.inserters == schema::server) return;
    const bool stamp = find_column(t, c.name).value() < kStampColumns;
    // Whoever may insert the row may write what the row must have.
    if (!stamp && c.required && c.initial.empty())
      for (const Writers role : {agent, clerk, office})
        if (may_write(role, t.inserters)) CHECK(may_write(role, c.writers));
  });
}

TEST_CASE("keys, indexes and references name columns that exist") {
  for (const auto& tables : {business_tables(), engine_tables()}) {
    std::set<std::string_view> names;
    for (const Table& t : tables) {
      INFO(t.name);
      for (const std::string_view key : split_names(t.key)) CHECK(find_column(t, key).has_value());
      for (const Index& index : t.indexes) {
        CHECK(names.insert(index.name).second);
        for (const std::string_view column : split_names(index.columns))
          CHECK(find_column(t, column).has_value());
      }
      std::set<std::string_view> columns;
      for (const Column& c : t.columns) CHECK(columns.insert(c.name).second);
    }
  }
}

TEST_CASE("a chain is no longer than its words, and words are told apart") {
  for_each_column([](const Table& t, const Column& c) {
    INFO(t.name << "." << c.name);
    CHECK(c.chain >= 0);
    CHECK(static_cast<std::size_t>(c.chain) <= c.words.size());
    CHECK(std::set<std::string_view>(c.words.begin(), c.words.end()).size() == c.words.size());
    for (const std::string_view word : c.words) CHECK(is_snake_case(word));
    CHECK(c.text_max > 0);
  });
}

TEST_CASE("every business row begins with its stamp, and the server's own columns are nobody else's") {
  for (const Table& t : business_tables()) {
    INFO(t.name);
    REQUIRE(t.columns.size() > kStampColumns);
    for (std::size_t i = 0; i < kStampColumns; ++i) {
      CHECK(t.columns[i].name == kStamp[i].name);
      CHECK(t.columns[i].writers == nobody);
      CHECK(t.columns[i].merge == Merge::fixed);
    }
    if (const auto late = find_column(t, "late")) CHECK(t.columns[*late].writers == schema::server);
    CHECK(t.number < 100);  // the machinery's begin there
  }
}

TEST_CASE("nothing secret leaves the server") {
  for (const Table& t : business_tables())
    for (const Column& c : t.columns)
      if (is_served(t)) {
        INFO(t.name << "." << c.name);
        CHECK((c.privacy != Privacy::security || !c.served));
        CHECK((c.type != Type::bytes || !c.served));  // a replica reads 16 bytes as an id
      }
}

TEST_CASE("units cover every column once, in declared order") {
  for (const Table& t : business_tables()) {
    std::size_t columns = 0;
    for (const Unit& u : units(t)) {
      columns += u.columns.size();
      CHECK(std::is_sorted(u.columns.begin(), u.columns.end()));
      CHECK(find_unit(t, u.name) == &u);
      for (const std::size_t c : u.columns) {
        CHECK(&unit_of(t, c) == &u);
        CHECK(unit_name(t.columns[c]) == u.name);
        CHECK(t.columns[c].merge == u.merge);
      }
    }
    CHECK(columns == t.columns.size());
  }
  CHECK(find_unit(table("contact_point"), "address")->columns.size() == 3);
  CHECK(find_unit(table("contact_point"), "city") == nullptr);
}

TEST_CASE("both sides' tables can be made, once, and hold what the declaration says") {
  const test::TempDir dir;
  for (const Side side : {Side::server, Side::client}) {
    const auto db = create(dir.path() / (side == Side::server ? "server.db" : "client.db"), side);
    CHECK_THROWS_AS(db->execute(create_statements(side, Dialect::sqlite).front()),
                    Failure);  // not silently again
    for (const auto& tables : {business_tables(), engine_tables()})
      for (const Table& t : tables) {
        INFO(t.name);
        std::set<std::string> expected, found;
        if (is_on(t, side))
          for (const Column& c : t.columns)
            if (is_on(t, c, side)) expected.insert(std::string(c.name));
        sql::Query q(*db, "SELECT name FROM pragma_table_info(" + quoted(t.name) + ")");
        while (q.next()) found.insert(q.text(0));
        CHECK(found == expected);
      }
    CHECK(sql::check_sqlite(*db, true).empty());
    // A word column holds text, an id 16 bytes: the engine itself refuses the other kind.
    CHECK_THROWS_AS(db->execute("INSERT INTO meta (name, content) VALUES ('x', x'00')"), Failure);
  }
  const auto replica = sql::open_sqlite(dir.path() / "client.db", {});
  CHECK_FALSE(sql::number(*replica, "SELECT 1 FROM pragma_table_info('assignment') WHERE name = 'drop_seq'")
                  .has_value());
  CHECK_FALSE(sql::number(*replica, "SELECT 1 FROM pragma_table_info('device')").has_value());
}

TEST_CASE("the server's tables enforce references and required columns, a replica's do not") {
  const test::TempDir dir;
  const auto office = create(dir.path() / "server.db", Side::server);
  const auto replica = create(dir.path() / "client.db", Side::client);
  const Id id{{1}};
  const char* orphan =
      "INSERT INTO instalment (id, created_at, created_by, device_id, case_id, plan_id, position, due_on, "
      "amount_cents, late)"
      " VALUES (?1, 0, ?1, ?1, ?1, ?1, 1, '2026-11-21', 1, 0)";
  CHECK_THROWS_AS(sql::run(*office, orphan, id), Failure);
  CHECK(sql::run(*replica, orphan, id) == 1);  // a page may hold a child before its parent
  CHECK_THROWS_AS(sql::run(*office, "INSERT INTO staff (id) VALUES (?1)", id), Failure);
  CHECK(sql::run(*replica, "INSERT INTO staff (id) VALUES (?1)", id) == 1);
  CHECK_THROWS_AS(sql::run(*replica, "INSERT INTO outbox (n) VALUES (1)"),
                  Failure);  // the machinery's own are strict on both
}

TEST_CASE("PostgreSQL gets the same tables in its own words, and references in later statements") {
  for (const Side side : {Side::server, Side::client}) {
    std::set<std::string> made;
    bool referred = false;
    for (const std::string& statement : create_statements(side, Dialect::postgres)) {
      INFO(statement);
      for (const char* foreign : {"BLOB", "STRICT", "WITHOUT ROWID", "INTEGER", "AUTOINCREMENT"})
        CHECK(statement.find(foreign) == std::string::npos);
      if (statement.starts_with("ALTER TABLE")) {
        referred = true;
        const std::string target = statement.substr(statement.find("REFERENCES ") + 11);
        CHECK(made.contains(target.substr(0, target.find(' '))));
      }
      if (statement.starts_with("CREATE TABLE ")) {
        CHECK_FALSE(referred);
        made.insert(statement.substr(13, statement.find(' ', 13) - 13));
        CHECK(statement.find("REFERENCES") == std::string::npos);
        if (statement.find(" TEXT") != std::string::npos)
          CHECK(statement.find("TEXT COLLATE \"C\"") != std::string::npos);
      }
    }
    CHECK(referred == (side == Side::server));
    std::size_t expected = 0;
    for (const auto& tables : {business_tables(), engine_tables()})
      for (const Table& t : tables) expected += is_on(t, side) ? 1 : 0;
    CHECK(made.size() == expected);
  }
}

TEST_CASE("docs/data-register.md says what the code says") {
  const auto file = std::filesystem::path(RELANCE_SOURCE_DIR) / "docs" / "data-register.md";
  std::ifstream in(file, std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  INFO("regenerate it: relance-server config --data-register > docs/data-register.md");
  CHECK((page == data_register()));  // in brackets: the two pages would be printed whole
  for_each_column([&](const Table& t, const Column& c) {
    if (page.find("\n### " + std::string(t.name)) == std::string::npos)
      FAIL_CHECK("no section of " << t.name);
    if (page.find("| " + std::string(c.name)) == std::string::npos)
      FAIL_CHECK("no line of " << t.name << "." << c.name);
  });
}
