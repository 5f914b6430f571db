// The one way into Catch2: version 2 from Debian 12, version 3 where a newer system has it.
#pragma once
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Contains;  // v3 moved the matchers
#else
#include <catch2/catch.hpp>
#endif
