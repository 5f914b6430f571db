#include "tests/support/ops.h"

#include "schema/lookup.h"

namespace relance::test {
namespace {

sync::Op make_op(sync::OpKind kind, std::string_view table, const Id& row,
                 std::initializer_list<std::pair<std::string_view, Value>> columns) {
  sync::Op op{.kind = kind, .table = &schema::table(table), .row = row};
  for (const auto& [name, value] : columns)
    op.changes.push_back({schema::column(*op.table, name), Null{}, value});
  return op;
}

}  // namespace

sync::Op insert_op(std::string_view table, const Id& row,
                   std::initializer_list<std::pair<std::string_view, Value>> columns) {
  return make_op(sync::OpKind::insert, table, row, columns);
}

sync::Op update_op(std::string_view table, const Id& row,
                   std::initializer_list<std::pair<std::string_view, Value>> columns) {
  return make_op(sync::OpKind::update, table, row, columns);
}

}  // namespace relance::test
