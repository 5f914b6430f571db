// zstd bodies: bounded while they expand, whatever their header says.
#include "host/compress.h"

#include "host/failure.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

Code code_of_expanding(std::string_view data, std::size_t limit) {
  try {
    (void)expand(data, limit);
  } catch (const Failure& failure) {
    return failure.code();
  }
  return Code::internal;
}

std::string noise(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t state = 1;
  for (char& c : out) c = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return out;
}

}  // namespace

TEST_CASE("What was compressed expands to itself", "[compress]") {
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(5'000'000, 'a'), noise(1'000'000)})
    CHECK(expand(compress(text), 8'000'000) == text);
}

TEST_CASE("Rows shrink, and a higher level is still read", "[compress]") {
  std::string rows;
  for (int i = 0; i < 1000; ++i) rows += R"(["019a-)" + std::to_string(i) + R"(","amicable",25000],)";
  CHECK(compress(rows).size() * 4 < rows.size());
  CHECK(expand(compress(rows, 9), rows.size()) == rows);
}

TEST_CASE("A body may be exactly as long as the limit, and not one byte longer", "[compress]") {
  const std::string text = noise(100'000);
  CHECK(expand(compress(text), 100'000) == text);
  CHECK(code_of_expanding(compress(text), 99'999) == Code::too_large);
}

TEST_CASE("A bomb stops at the limit", "[compress]") {
  const std::string bomb = compress(std::string(200'000'000, '\0'));
  REQUIRE(bomb.size() < 50'000);
  CHECK(code_of_expanding(bomb, 1'000'000) == Code::too_large);
}

TEST_CASE("A header that lies about the size is not believed", "[compress]") {
  std::string frame = compress(std::string(300, 'a'));  // size field: 2 bytes after magic and descriptor
  REQUIRE((static_cast<unsigned char>(frame[4]) & 0xc0) == 0x40);
  frame[5] = '\1';
  frame[6] = '\0';  // announces 257
  CHECK(code_of_expanding(frame, 10'000) == Code::bad_request);
  frame[5] = frame[6] = '\xff';  // announces 65,791
  CHECK(code_of_expanding(frame, 100'000) == Code::bad_request);
}

TEST_CASE("What is not one whole zstd frame is a bad request", "[compress]") {
  const std::string frame = compress(noise(10'000));
  CHECK(code_of_expanding("", 100) == Code::bad_request);
  CHECK(code_of_expanding("{\"protocol\":1}", 100) == Code::bad_request);
  CHECK(code_of_expanding(std::string_view(frame).substr(0, frame.size() - 1), 100'000) == Code::bad_request);
  CHECK(code_of_expanding(frame + "x", 100'000) == Code::bad_request);
  CHECK(code_of_expanding(frame + frame, 100'000) == Code::bad_request);
  CHECK(expand(frame, 100'000) == noise(10'000));  // a failure leaves the context usable
}
