// payment: what a debtor says he has paid. A declaration: only what the office receives moves the balance.
#include "client/commands.h"
#include "host/value_text.h"
#include "rules/money.h"
#include "schema/lookup.h"

namespace relance::client {
namespace {

sync::Op declaration(const Id& id, const Id& case_id, std::int64_t cents, const DeclaredPayment& payment,
                     const std::string& on) {
  const schema::Table& table = schema::table("payment");
  sync::Op op{.kind = sync::OpKind::insert, .table = &table, .row = id, .changes = {}};
  const auto set = [&](std::string_view column, Value value) {
    op.changes.push_back({schema::column(table, column), Null{}, std::move(value)});
  };
  const auto typed = [&](std::string_view column, const std::string& text) {  // Failure(usage) with what fits
    set(column, parse_value(table, table.columns[schema::column(table, column)], text));
  };
  set("case_id", case_id);
  set("amount_cents", cents);
  typed("paid_on", on);
  typed("means", payment.means);
  if (!payment.says.empty()) typed("debtor_says", payment.says);
  return op;
}

}  // namespace

int run_payment(Desk& desk, const std::string& number, const DeclaredPayment& payment) {
  const auto cents = parse_cents(payment.amount);
  if (!cents || *cents <= 0) throw desk.failure(Code::usage, Text::payment_bad_amount);
  OpenReplica open = desk.open(Home::Use::write);
  const Id case_id = desk.case_named(*open.db, number);
  const Ms now = open.replica.corrected_now();
  const std::string on = payment.on.empty() ? open.replica.today() : payment.on;
  const Id id = desk.random().row_id(now);
  const auto result = open.replica.edit("payment.declare", {declaration(id, case_id, *cents, payment, on)});
  if (const auto* refusal = std::get_if<EditRefusal>(&result)) return desk.refuse(*refusal);
  if (desk.json()) print_json(boost::json::object{{"id", id.text()}, {"n", std::get<std::int64_t>(result)}});
  desk.tell(id.text());
  if (!desk.json()) say(desk.words(Text::payment_declared, {cents_text(*cents), on}));
  return 0;
}

}  // namespace relance::client
