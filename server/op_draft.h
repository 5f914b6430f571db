// One row operation under construction, by the names of its columns: how the office's own commands and imports
// write. Nothing is checked here; Ledger::apply does.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

#include "schema/lookup.h"
#include "sync/mutation.h"

namespace relance::server {

/// At most `max` bytes, never half a character.
[[nodiscard]] inline std::string cut_text(const std::string& text, std::size_t max) {
  if (text.size() <= max) return text;
  std::size_t end = max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

/// Texts are cut to what their column holds, empty ones are NULL.
class OpDraft {
 public:
  OpDraft(sync::OpKind kind, std::string_view table, const Id& row)
      : op_{.kind = kind, .table = &schema::table(table), .row = row} {
    if (kind == sync::OpKind::insert) op_.changes.reserve(op_.table->columns.size());
  }

  /// `before`: what the row holds now; unused by an insert.
  OpDraft& set(std::string_view column, Value after, Value before = Null{}) {
    const std::size_t place = schema::column(*op_.table, column);
    op_.changes.push_back({place, fit(place, std::move(before)), fit(place, std::move(after))});
    return *this;
  }
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view> OpDraft& set(std::string_view column,
                                                                           const Text& after) {
    return set(column, Value{std::string(std::string_view(after))});
  }

  [[nodiscard]] bool is_empty() const { return op_.changes.empty(); }
  [[nodiscard]] sync::Op take() { return std::move(op_); }

 private:
  [[nodiscard]] Value fit(std::size_t place, Value value) const {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr) return value;
    if (text->empty()) return Null{};
    return cut_text(*text, static_cast<std::size_t>(op_.table->columns[place].text_max));
  }

  sync::Op op_;
};

}  // namespace relance::server
