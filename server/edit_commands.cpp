// edit and add: any change that the schema permits, through the one write path.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/case_query.h"
#include "host/value_text.h"
#include "rules/phone.h"
#include "rules/siren.h"
#include "server/case_commands.h"
#include "server/case_numbers.h"
#include "server/payments.h"

namespace relance::server {
namespace {

namespace json = boost::json;
using schema::Table;

bool has_names(std::string_view table) {
  return table == "case_file" || table == "creditor" || table == "staff";
}

std::optional<Id> find_named(sql::Connection& db, std::string_view table, const std::string& name) {
  if (table == "case_file") return find_case(db, name);
  if (table == "creditor") return sql::id(db, "SELECT id FROM creditor WHERE name = ?1", name);
  if (table == "staff") return sql::id(db, "SELECT id FROM staff WHERE name = ?1", name);
  return std::nullopt;
}

// "case_id=D-000017" with the id in the number's place.
std::string with_id(sql::Connection& db, const Table& t, const std::string& typed) {
  const std::size_t equals = typed.find('=');
  const auto column = schema::find_column(t, typed.substr(0, equals));
  if (equals == std::string::npos || !column || equals + 1 == typed.size()) return typed;
  const std::string_view referenced = t.columns[*column].references;
  if (!has_names(referenced)) return typed;
  return typed.substr(0, equals + 1) +
         row_named(db, schema::table(referenced), typed.substr(equals + 1)).text();
}

std::vector<sync::Change> typed_changes(sql::Connection& db, const Table& t,
                                        const std::vector<std::string>& columns) {
  std::vector<std::string> resolved;
  for (const std::string& typed : columns) resolved.push_back(with_id(db, t, typed));
  std::vector<sync::Change> out;
  for (TypedColumn& typed : parse_assignments(t, resolved))
    out.push_back({typed.column, Null{}, std::move(typed.value)});
  return out;
}

std::string* text_in(sync::Op& op, std::string_view column) {
  for (sync::Change& change : op.changes)
    if (op.table->columns[change.column].name == column) return std::get_if<std::string>(&change.after);
  return nullptr;
}

// A register number with a wrong check digit names somebody else; a telephone number is stored in one form only.
void tidy_identity(sync::Op& op) {
  for (const std::string_view column : {"siren", "siret"}) {
    std::string* number = text_in(op, column);
    if (number == nullptr) continue;
    const auto digits = register_digits(*number);
    if (!digits || !(column == "siren" ? is_siren(*digits) : is_siret(*digits)))
      throw Failure(Code::usage, "`" + std::string(column) + "` is not a number of the register: " +
                                     (column == "siren" ? "nine" : "fourteen") +
                                     " digits, the last of them a check digit. Nothing was stored.");
    *number = *digits;
  }
  const std::string* type = op.table->name == "contact_point" ? text_in(op, "type") : nullptr;
  if (type == nullptr || (*type != "phone" && *type != "mobile")) return;
  std::string* value = text_in(op, "value");
  if (value == nullptr) return;
  const auto number = e164(*value);
  if (!number) throw Failure(Code::usage, "`value` is not a telephone number. Nothing was stored.");
  *value = *number;
}

struct Options {
  std::string table, row, as;
  std::vector<std::string> columns;
};

void edit(CommandContext& context, const Options& options) {
  const Table& t = named_table(options.table);
  sync::Op op = typed_update(context.reading(), t, options.row, options.columns);
  const Author author = context.author(options.as);
  const Id id = op.row;
  sync::Outcome outcome;
  context.commit([&](Ledger& ledger) {
    // What the command sees is what the row holds now: it was typed at the authority itself.
    const auto row = load_row(ledger.db(), t, id);
    for (sync::Change& change : op.changes)
      if (row) change.before = (*row)[change.column];
    outcome = ledger.apply_office(author, options.table + ".edit", {std::move(op)});
  });
  if (context.told_refusal(outcome)) return;
  if (context.json)
    print_json(json::object{{"id", id.text()}, {"status", sync::name_of(outcome.status)}});
  else
    print(id.text() + "\n");
}

void add(CommandContext& context, const Options& options) {
  const Table& t = named_table(options.table);
  sync::Op op{.kind = sync::OpKind::insert, .table = &t, .row = context.random.row_id(context.clock.now())};
  op.changes = typed_changes(context.reading(), t, options.columns);
  tidy_identity(op);
  const Author author = context.author(options.as);
  const Id id = op.row;
  sync::Outcome outcome;
  context.commit([&](Ledger& ledger) {
    if (t.name == "case_file" &&
        op.find("number") == nullptr) {  // the server gives it, as it does to an import's
      CaseNumbers numbers(ledger.db());
      op.changes.push_back({schema::column(t, "number"), Null{}, numbers.next()});
      numbers.save();
    }
    outcome = ledger.apply_office(author, options.table + ".add", {std::move(op)});
    if (t.name == "payment" && outcome.status == sync::Status::applied) follow_payment(ledger, author, id);
  });
  if (context.told_refusal(outcome)) return;
  if (context.json)
    print_json(json::object{{"id", id.text()}, {"status", sync::name_of(outcome.status)}});
  else
    print(id.text() + "\n");
}

}  // namespace

Id row_named(sql::Connection& db, const Table& t, const std::string& name) {
  if (has_names(t.name)) {
    if (const auto id = find_named(db, t.name, name)) return *id;
    if (const auto id = Id::parse(name)) return *id;
    const std::string hint = t.name == "case_file" ? "`relance-server cases` lists them"
                             : t.name == "staff"   ? "`relance-server user list` shows who there is"
                                                   : "names are given as they are written";
    throw Failure(Code::not_found,
                  "There is no " + std::string(t.name) + " of that number or name; " + hint + ".");
  }
  if (const auto id = Id::parse(name)) return *id;
  throw Failure(Code::usage, "A row of " + std::string(t.name) +
                                 " is named by its id, as `relance-server case` shows it.");
}

sync::Op typed_update(sql::Connection& db, const Table& t, const std::string& row,
                      const std::vector<std::string>& columns) {
  sync::Op op{.kind = sync::OpKind::update, .table = &t, .row = row_named(db, t, row)};
  op.changes = typed_changes(db, t, columns);
  tidy_identity(op);
  return op;
}

void add_edit_commands(CLI::App& app, CommandContext& context) {
  auto* edit_command = app.add_subcommand("edit", "Change columns of a row");
  auto edited = std::make_shared<Options>();
  edit_command->add_option("table", edited->table, "Its table")->required();
  edit_command->add_option("row", edited->row, "Its id; a case also by number, a creditor or user by name")
      ->required();
  edit_command
      ->add_option("columns", edited->columns,
                   "column=value …; money in cents, nothing after = empties the column")
      ->required();
  edit_command->add_option("--as", edited->as, "In whose name")->required();
  edit_command->footer(
      "Examples:\n"
      "  relance-server edit case_file D-000017 priority=2 next_action_on=2026-12-01 --as nadia\n"
      "  relance-server edit debtor 0190163d-8694-739b-aea5-966c26f8ad91 kind=company siren=552032534 --as "
      "nadia");
  edit_command->callback([&context, edited] { edit(context, *edited); });

  auto* add_command = app.add_subcommand("add", "Add a row; prints its id");
  auto added = std::make_shared<Options>();
  add_command->add_option("table", added->table, "Its table")->required();
  add_command->add_option("columns", added->columns, "column=value …; money in cents")->required();
  add_command->add_option("--as", added->as, "In whose name")->required();
  add_command->footer(
      "Examples:\n"
      "  relance-server add task case_id=D-000017 title='Check the invoice' due_on=2026-12-01 --as nadia\n"
      "  relance-server add payment case_id=D-000017 amount_cents=25000 paid_on=2026-11-20 state=received "
      "--as nadia");
  add_command->callback([&context, added] { add(context, *added); });
}

}  // namespace relance::server
