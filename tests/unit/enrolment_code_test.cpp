// The enrolment code survives phones, mail programs and fingers, or says that it did not.
#include "host/enrolment_code.h"

#include <algorithm>

#include "host/failure.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

EnrolmentCode sample(std::string host = "office.example.fr") {
  EnrolmentCode code{.host = std::move(host), .port = 8443};
  for (std::size_t i = 0; i < 20; ++i) code.ca_fingerprint[i] = static_cast<std::uint8_t>(i * 13 + 1);
  for (std::size_t i = 0; i < 16; ++i) code.secret[i] = static_cast<std::uint8_t>(255 - i * 7);
  return code;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string refusal(std::string_view text) {
  try {
    (void)EnrolmentCode::decode(text);
  } catch (const Failure& failure) {
    CHECK(failure.code() == Code::code_refused);
    return failure.message();
  }
  return "";
}

}  // namespace

TEST_CASE("A code decodes to what was encoded", "[enrolment_code]") {
  for (const std::string host :
       {"a", "127.0.0.1", "::1", "office.example.fr", "a-long-name.of-a-server.in.some.agency.example"})
    CHECK(EnrolmentCode::decode(sample(host).encode()) == sample(host));
}

TEST_CASE("A code is one lower-case word in groups of five", "[enrolment_code]") {
  const std::string text = sample().encode();
  CHECK(text.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz-") == std::string::npos);
  CHECK(text.find('-') == 5);
  CHECK(text.size() < 125);
}

TEST_CASE("Case, dashes, blanks and look-alike letters do not matter", "[enrolment_code]") {
  const std::string text = sample().encode();
  std::string upper = text;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  CHECK(EnrolmentCode::decode(upper) == sample());
  CHECK(EnrolmentCode::decode(replaced(text, "-", "")) == sample());
  CHECK(EnrolmentCode::decode("  " + replaced(text, "-", " \r\n") + "\n") == sample());
  CHECK(EnrolmentCode::decode(replaced(text, "-", "\xe2\x80\x93")) == sample());
  CHECK(EnrolmentCode::decode(replaced(text, "0", "O")) == sample());
  CHECK(EnrolmentCode::decode(replaced(text, "1", "l")) == sample());
  CHECK(EnrolmentCode::decode(replaced(text, "1", "I")) == sample());
}

TEST_CASE("Every single wrong character is noticed", "[enrolment_code]") {
  const std::string text = sample().encode();
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {  // the last one may hold padding bits only
    if (text[i] == '-') continue;
    std::string wrong = text;
    wrong[i] = wrong[i] == 'x' ? 'y' : 'x';
    INFO(i);
    CHECK_THAT(refusal(wrong), Catch::Contains("typing error"));
  }
}

TEST_CASE("Two swapped characters and a lost group are noticed", "[enrolment_code]") {
  std::string text = sample().encode();
  CHECK_FALSE(refusal(text.substr(6)).empty());
  CHECK_FALSE(refusal(text.substr(0, text.size() - 6)).empty());
  const auto place = std::adjacent_find(text.begin(), text.end(),
                                        [](char a, char b) { return a != b && a != '-' && b != '-'; });
  REQUIRE(place != text.end());
  std::iter_swap(place, place + 1);
  CHECK_FALSE(refusal(text).empty());
}

TEST_CASE("A code that is none is refused with the reason", "[enrolment_code]") {
  CHECK_THAT(refusal(""), Catch::Contains("not complete"));
  CHECK_THAT(refusal("abc"), Catch::Contains("not complete"));
  CHECK_THAT(refusal("01234-56u89"), Catch::Contains("group 2"));
  CHECK_THAT(refusal(std::string(5000, 'a')), Catch::Contains("too long"));
  CHECK_THAT(refusal(sample("bad host").encode()), Catch::Contains("address"));
}
