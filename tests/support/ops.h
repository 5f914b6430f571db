// Operations written by hand, as stories need them; free of Catch.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "sync/mutation.h"

namespace relance::test {

[[nodiscard]] sync::Op insert_op(std::string_view table, const Id& row,
                                 std::initializer_list<std::pair<std::string_view, Value>> columns);
/// An update whose `before` values the caller (a replica) fills in.
[[nodiscard]] sync::Op update_op(std::string_view table, const Id& row,
                                 std::initializer_list<std::pair<std::string_view, Value>> columns);

}  // namespace relance::test
