// Register numbers and telephone numbers: what is stored is right, or nothing.
#include "rules/siren.h"

#include "rules/phone.h"
#include "tests/test.hpp"

using namespace relance;

TEST_CASE("R01: a SIREN has a good check digit", "[R01]") {
  for (const char* good : {"552032534", "839517323", "356000000", "787878784", "123456782"})
    CHECK(is_siren(good));
  for (const char* bad : {"552032535", "987654321", "000000000", "55203253", "5520325340", "55203253A", ""})
    CHECK_FALSE(is_siren(bad));
}

TEST_CASE("R01: a SIRET is a SIREN, a place and a check digit; La Poste has its own sum", "[R01]") {
  CHECK(is_siret("78787878400018"));
  CHECK(is_siret("80000001000010"));
  CHECK(is_siret("35600000000048"));  // La Poste, by Luhn
  CHECK(is_siret("35600000049837"));  // La Poste, by its own sum only
  CHECK_FALSE(is_siret("35600000049838"));
  CHECK_FALSE(is_siret("78787878400019"));
  CHECK_FALSE(is_siret("98765432100018"));  // its SIREN is wrong
  CHECK_FALSE(is_siret("787878784"));
}

TEST_CASE("R01: any one wrong digit of a SIREN is noticed", "[R01]") {
  const std::string good = "552032534";
  for (std::size_t at = 0; at < good.size(); ++at)
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string other = good;
      other[at] = digit;
      CHECK(is_siren(other) == (other == good));
    }
}

TEST_CASE("R01: register numbers as people write them", "[R01]") {
  CHECK(register_digits("552 032 534") == "552032534");
  CHECK(register_digits("552.032.534-00018") == "55203253400018");
  CHECK(register_digits("552\xC2\xA0"
                        "032\xE2\x80\xAF"
                        "534") == "552032534");
  CHECK_FALSE(register_digits("RCS 552").has_value());
  CHECK_FALSE(register_digits(" ").has_value());
  CHECK(siren_of_vat_number("FR 19 787 878 784") == "787878784");
  CHECK_FALSE(siren_of_vat_number("FR 05 987 654 321").has_value());
  CHECK_FALSE(siren_of_vat_number("DE123456789").has_value());
}

TEST_CASE("R01: telephone numbers become E.164", "[R01]") {
  for (const char* text :
       {"01 23 45 67 89", "01.23.45.67.89", "0123456789", "+33 1 23 45 67 89", "+33 (0)1 23 45 67 89",
        "0033 1 23 45 67 89", "+33 01 23 45 67 89", "123456789", "01-23-45-67-89",
        "01\xC2\xA0"
        "23\xC2\xA0"
        "45 67 89"}) {
    INFO(text);
    CHECK(e164(text) == "+33123456789");
  }
  CHECK(e164("06 12 42 12 42") == "+33612421242");
  CHECK(e164("+49 30 901820") == "+4930901820");
  for (const char* text : {"", "12", "0", "00", "+", "01 23 45 67 8", "01 23 45 67 89 0", "poste 12",
                           "+33 1 23", "+0123456789", "01+23456789", "+33 00 23 45 67 89"}) {
    INFO(text);
    CHECK_FALSE(e164(text).has_value());
  }
}

TEST_CASE("R01: numbers of the overseas departments bear their own country codes", "[R01]") {
  CHECK(e164("0590 12 34 56") == "+590590123456");
  CHECK(e164("0691 12 34 56") == "+590691123456");
  CHECK(e164("0694 20 20 20") == "+594694202020");
  CHECK(e164("0596 11 22 33") == "+596596112233");
  CHECK(e164("0262 11 22 33") == "+262262112233");
  CHECK(e164("0639 11 22 33") == "+262639112233");
  CHECK(e164("0508 41 22 33") == "+508412233");
  CHECK(e164("+590 590 12 34 56") == "+590590123456");
  CHECK(e164("+590 0590 12 34 56") == "+590590123456");
  CHECK(e164("+508 41 22 33") == "+508412233");
  CHECK_FALSE(e164("+262 12 34").has_value());
}

TEST_CASE("R01: mobile numbers are told from the others", "[R01]") {
  CHECK(is_mobile("+33612345678"));
  CHECK(is_mobile("+33712345678"));
  CHECK(is_mobile("+262692123456"));
  CHECK_FALSE(is_mobile("+33123456789"));
  CHECK_FALSE(is_mobile("+590590123456"));
  CHECK_FALSE(is_mobile("+4915112345678"));
}
