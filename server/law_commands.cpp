#include "server/law_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/local_day.h"
#include "host/value_text.h"
#include "rules/rates.h"
#include "schema/tables.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"
#include "server/reference_data.h"

namespace relance::server {
namespace {

namespace json = boost::json;

// One row of a table that is only ever added to.
void add_row(CommandContext& context, const std::string& as, const std::string& intent, sync::Op op) {
  const Author author = context.author(as);
  const std::string id = op.row.text();
  context.commit([&](Ledger& ledger) {
    EditBatch edits(ledger, author, intent);
    edits.add(std::move(op));
    edits.flush();
  });
  if (context.json) return print_json(json::object{{"id", id}});
  print(id + "\n");
}

// ---- rates ---------------------------------------------------------------------------------------------------------

struct RateOptions {
  std::string kind, from, to, source, creditor, as;
  std::int64_t basis_points = 0;
};

std::string per_cent_text(std::int64_t basis_points) { return cents_text(basis_points) + " %"; }

void list_rates(CommandContext& context) {
  sql::Query q(context.reading(),
               "SELECT r.kind, r.valid_from, r.valid_to, r.basis_points, coalesce(r.source, ''), r.verified,"
               " coalesce(k.name, '') FROM rate r LEFT JOIN creditor k ON k.id = r.creditor_id"
               " ORDER BY r.kind, k.name, r.valid_from, r.created_at, r.id");
  json::array all;
  TextTable table(
      {{"kind"}, {"from"}, {"to"}, {"a year", TextTable::Align::right}, {"read"}, {"source"}, {"creditor"}});
  while (q.next()) {
    all.push_back(json::object{{"kind", q.text(0)},
                               {"valid_from", q.text(1)},
                               {"valid_to", q.text(2)},
                               {"basis_points", q.integer(3)},
                               {"source", q.text(4)},
                               {"verified", q.integer(5) != 0},
                               {"creditor", q.text(6)}});
    table.add({q.text(0), q.text(1), q.text(2), per_cent_text(q.integer(3)), q.integer(5) != 0 ? "yes" : "no",
               q.text(4), q.text(6)});
  }
  if (context.json) return print_json(json::object{{"rates", std::move(all)}});
  print(table.text());
}

void add_rate(CommandContext& context, const RateOptions& o) {
  const std::string from = typed_day(o.from), to = typed_day(o.to);
  if (to < from)
    throw Failure(Code::usage, "--to lies before --from; a rate holds from a day to a later one.");
  if (o.basis_points < 0 || o.basis_points > kBasisPointsMax)
    throw Failure(Code::usage, "--bp wants hundredths of a per cent, 0 to 10000, as in 1215 for 12.15 %.");
  if ((o.kind == "contract") == o.creditor.empty())
    throw Failure(Code::usage, "A contract rate names its creditor with --creditor; the others name none.");
  OpDraft draft(sync::OpKind::insert, "rate", context.random.row_id(context.clock.now()));
  draft.set("kind", o.kind).set("valid_from", from).set("valid_to", to);
  draft.set("basis_points", Value{o.basis_points})
      .set("source", o.source)
      .set("verified", Value{std::int64_t{1}});
  if (!o.creditor.empty()) {
    const auto creditor = sql::id(context.reading(), "SELECT id FROM creditor WHERE name = ?1", o.creditor);
    if (!creditor)
      throw Failure(Code::not_found, "There is no creditor of that name; it is given as it is written.");
    draft.set("creditor_id", Value{*creditor});
  }
  add_row(context, o.as, "rate.add", draft.take());
}

void add_rate_commands(CLI::App& app, CommandContext& context) {
  auto* rate = app.add_subcommand("rate", "Rates of interest, each with its days: list, add");
  rate->require_subcommand(1);
  rate->add_subcommand("list", "Every rate, with whether somebody has read its source")->callback([&context] {
    list_rates(context);
  });
  auto* add = rate->add_subcommand("add", "Enter the rate of a half-year, or of a creditor's terms");
  auto o = std::make_shared<RateOptions>();
  add->add_option("kind", o->kind, "legal_individual, legal_other, trade_default or contract")->required();
  add->add_option("--from", o->from, "First day")->required();
  add->add_option("--to", o->to, "Last day; beyond it nothing is computed")->required();
  add->add_option("--bp", o->basis_points, "Hundredths of a per cent a year: 1215 is 12.15 %")->required();
  add->add_option("--source", o->source, "The text that states it")->required();
  add->add_option("--creditor", o->creditor, "Whose terms, of a contract rate");
  add->add_option("--as", o->as, "In whose name (role office)")->required();
  add->footer(
      "Examples:\n"
      "  relance-server rate add trade_default --from 2026-07-01 --to 2026-12-31 --bp 1215 --source 'BCE, 1 "
      "juillet "
      "2026' --as olga\n"
      "  relance-server rate add contract --creditor 'Meunier SA' --from 2026-01-01 --to 2026-12-31 --bp "
      "1500 "
      "--source 'CGV 2026' --as olga");
  add->callback([&context, o] { add_rate(context, *o); });
}

// ---- rules ---------------------------------------------------------------------------------------------------------

struct RuleOptions {
  std::string code, from, basis, as;
  std::int64_t amount = 0;
};

void list_rules(CommandContext& context) {
  const std::string today = local_day(context.clock.now());
  sql::Query q(context.reading(),
               "SELECT code, valid_from, amount, coalesce(legal_basis, '') FROM dated_rule"
               " ORDER BY code, valid_from, created_at, id");
  json::array all;
  TextTable table({{"code"}, {"from"}, {"amount", TextTable::Align::right}, {"basis"}});
  while (q.next()) {
    all.push_back(json::object{{"code", q.text(0)},
                               {"valid_from", q.text(1)},
                               {"amount", q.integer(2)},
                               {"legal_basis", q.text(3)},
                               {"future", q.text(1) > today}});
    table.add({q.text(0), q.text(1), std::to_string(q.integer(2)), q.text(3)});
  }
  if (context.json) return print_json(json::object{{"rules", std::move(all)}});
  print(table.text());
}

// A code that nothing reads would be a slip of the hand that changes nothing.
void require_known(CommandContext& context, const std::string& code) {
  if (sql::number(context.reading(), "SELECT 1 FROM dated_rule WHERE code = ?1", code)) return;
  throw Failure(Code::usage,
                "There is no rule `" + printable(code) + "`; `relance-server rule list` shows the codes.");
}

void set_rule(CommandContext& context, const RuleOptions& o) {
  require_known(context, o.code);
  OpDraft draft(sync::OpKind::insert, "dated_rule", context.random.row_id(context.clock.now()));
  draft.set("code", o.code).set("valid_from", typed_day(o.from)).set("amount", Value{o.amount});
  draft.set("legal_basis", o.basis);
  add_row(context, o.as, "rule.set", draft.take());
}

void add_rule_commands(CLI::App& app, CommandContext& context) {
  auto* rule = app.add_subcommand(
      "rule", "Periods, limits and amounts of law and policy, each from a day on: list, set");
  rule->require_subcommand(1);
  rule->add_subcommand("list", "Every rule, with its article, or `policy` where it is the house's choice")
      ->callback([&context] { list_rules(context); });
  auto* set = rule->add_subcommand("set", "What holds from a day on; earlier days keep what held then");
  auto o = std::make_shared<RuleOptions>();
  set->add_option("code", o->code, "As `rule list` shows it")->required();
  set->add_option("amount", o->amount, "In the unit that the code names")->required();
  set->add_option("--from", o->from, "First day")->required();
  set->add_option("--basis", o->basis, "The article, or policy")->required();
  set->add_option("--as", o->as, "In whose name (role office)")->required();
  set->footer(
      "Example:\n  relance-server rule set contact_block_count 3 --from 2027-01-01 --basis policy --as olga");
  set->callback([&context, o] { set_rule(context, *o); });
  auto* fill = rule->add_subcommand(
      "defaults", "Add the rates and rules that this program brings and nobody has entered");
  fill->footer("`init` and `upgrade` do it by themselves.");
  fill->callback([&context] {
    const Author author = context.author("");
    std::int64_t added = 0;
    context.commit([&](Ledger& ledger) { added = add_reference_rows(ledger, author); });
    if (context.json) return print_json(json::object{{"added", added}});
    print(std::to_string(added) + " rows added.\n");
  });
}

// ---- sender --------------------------------------------------------------------------------------------------------

struct SenderOptions {
  std::vector<std::string> columns;
  std::string as;
};

std::optional<Id> sender_id(sql::Connection& db) {
  return sql::id(db, "SELECT id FROM sender ORDER BY created_at, id LIMIT 1");
}

void show_sender(CommandContext& context) {
  const schema::Table& t = schema::table("sender");
  const auto id = sender_id(context.reading());
  const auto row = id ? load_row(context.reading(), t, *id) : std::nullopt;
  json::object out;
  std::string text;
  for (std::size_t i = schema::kStampColumns; i < t.columns.size(); ++i) {
    const std::string value = row ? value_text(t.columns[i], (*row)[i]) : "";
    out[t.columns[i].name] = value.empty() ? json::value(nullptr) : json::value(value);
    text += "  " + std::string(t.columns[i].name) + ": " + (value.empty() ? "(missing)" : printable(value)) +
            "\n";
  }
  if (context.json) return print_json(out);
  print("Who letters come from:\n" + text);
}

void set_sender(CommandContext& context, const SenderOptions& o) {
  const schema::Table& t = schema::table("sender");
  const auto known = sender_id(context.reading());
  const auto row = known ? load_row(context.reading(), t, *known) : std::nullopt;
  sync::Op op{.kind = known ? sync::OpKind::update : sync::OpKind::insert,
              .table = &t,
              .row = known ? *known : context.random.row_id(context.clock.now())};
  for (TypedColumn& typed : parse_assignments(t, o.columns))
    op.changes.push_back({typed.column, row ? (*row)[typed.column] : Value{Null{}}, std::move(typed.value)});
  if (!known && op.find("name") == nullptr)
    throw Failure(Code::usage,
                  "The first time the name is wanted too: relance-server sender set name='Cabinet Martin' …");
  add_row(context, o.as, "sender.set", std::move(op));
}

void add_sender_commands(CLI::App& app, CommandContext& context) {
  auto* sender =
      app.add_subcommand("sender", "Who letters come from, and what the law asks of it: show, set");
  sender->require_subcommand(1);
  sender->add_subcommand("show", "What is known and what is missing")->callback([&context] {
    show_sender(context);
  });
  auto* set = sender->add_subcommand("set", "Enter or change particulars");
  auto o = std::make_shared<SenderOptions>();
  set->add_option("columns", o->columns, "column=value …, as `sender show` names them")->required();
  set->add_option("--as", o->as, "In whose name (role office)")->required();
  set->footer(
      "Example:\n  relance-server sender set name='Cabinet Martin' address_line='3 rue des Lilas' "
      "postcode=69003 "
      "city=Lyon pay_to='IBAN FR76 …' --as olga");
  set->callback([&context, o] { set_sender(context, *o); });
}

}  // namespace

void add_law_commands(CLI::App& app, CommandContext& context) {
  add_rate_commands(app, context);
  add_rule_commands(app, context);
  add_sender_commands(app, context);
}

}  // namespace relance::server
