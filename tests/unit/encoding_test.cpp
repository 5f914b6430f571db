// Telling UTF-8 from single-byte text, and converting it.
#include "server/encoding.h"

#include <rapidcheck.h>

#include "tests/test.hpp"

using namespace relance;

TEST_CASE("encoding: UTF-8 is what RFC 3629 says") {
  CHECK(is_utf8(""));
  CHECK(is_utf8("abc"));
  CHECK(is_utf8("d\xC3\xA9j\xC3\xA0"));
  CHECK(is_utf8("\xE2\x82\xAC"));
  CHECK(is_utf8("\xF0\x9F\x98\x80"));
  for (const char* text :
       {"d\xE9j\xE0", "\xC3", "\xE2\x82", "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
        "\xF0\x80\x80\xAF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xC3\xC3"}) {
    CHECK_FALSE(is_utf8(text));
  }
}

TEST_CASE("encoding: ASCII is seen at any length") {
  for (std::size_t size = 0; size < 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      CHECK(is_ascii(text));
      text[at] = '\x80';
      CHECK_FALSE(is_ascii(text));
    }
  }
}

TEST_CASE("encoding: the euro and the French ligatures come out of both single-byte sets") {
  CHECK(utf8_of("\xE9\xE8\xE7 \xA4\xBC\xBD\xBE", Encoding::latin9) == "éèç €ŒœŸ");
  CHECK(utf8_of("\xE9\xE8\xE7 \x80\x8C\x9C\x9F\x92", Encoding::cp1252) == "éèç €ŒœŸ’");
  CHECK(utf8_of("\xBD", Encoding::cp1252) == "½");
  CHECK(utf8_of("\x81", Encoding::cp1252) == "\xEF\xBF\xBD");
  CHECK(
      has_windows_bytes("l\x92"
                        "an"));
  CHECK_FALSE(has_windows_bytes("l\xE9 \xA0"));
}

TEST_CASE("encoding: whatever the bytes, the result is UTF-8") {
  CHECK(rc::check("converts to UTF-8", [](const std::string& bytes) {
    RC_ASSERT(is_utf8(utf8_of(bytes, Encoding::latin9)));
    RC_ASSERT(is_utf8(utf8_of(bytes, Encoding::cp1252)));
    if (is_ascii(bytes)) RC_ASSERT(utf8_of(bytes, Encoding::latin9) == bytes);
  }));
}
