// A row under construction, by the names of its columns: what the agent's domain commands insert. Nothing is checked
// here; Replica::edit does. Empty texts are left out.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "schema/lookup.h"
#include "sync/mutation.h"

namespace relance::client {

class RowDraft {
 public:
  RowDraft(std::string_view table, const Id& row, sync::OpKind kind = sync::OpKind::insert)
      : op_{.kind = kind, .table = &schema::table(table), .row = row} {}

  RowDraft& set(std::string_view column, Value value) {
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr && text->empty()) return *this;
    op_.changes.push_back({schema::column(*op_.table, column), Null{}, std::move(value)});
    return *this;
  }
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view> RowDraft& set(std::string_view column,
                                                                            const Text& text) {
    return set(column, Value{std::string(std::string_view(text))});
  }

  [[nodiscard]] sync::Op take() { return std::move(op_); }

 private:
  sync::Op op_;
};

}  // namespace relance::client
