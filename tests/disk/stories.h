// The stories that are told on a failing disk: what agents and the office do all day, and on bad days.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "tests/disk/scene.h"

namespace relance::disktest {

struct Story {
  std::string_view name;
  std::vector<std::string> machines;  // on which its crashes and faults happen, one at a time
  std::vector<std::function<void(Scene&)>> steps;
  std::function<void(Scene&)> end;  // what has to be so at its end, beyond what always has to
  std::size_t page_bytes = sync::kPageBytes;
  std::vector<std::string> devices = {"a"};  // besides those that it enrols
};

[[nodiscard]] const std::vector<Story>& stories();

}  // namespace relance::disktest
