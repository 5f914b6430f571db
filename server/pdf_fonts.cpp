#include "server/pdf_fonts.h"

// The assembler reads the files: no array of hundreds of kilobytes for the compiler, and no file to find at run time.
// RELANCE_FONTS is their folder (CMakeLists.txt).
asm(".pushsection .rodata\n"
    ".global relance_plain_font_begin\n"
    "relance_plain_font_begin:\n"
    ".incbin \"" RELANCE_FONTS
    "/DejaVuSans-Latin.ttf\"\n"
    ".global relance_plain_font_end\n"
    "relance_plain_font_end:\n"
    ".global relance_bold_font_begin\n"
    "relance_bold_font_begin:\n"
    ".incbin \"" RELANCE_FONTS
    "/DejaVuSans-Bold-Latin.ttf\"\n"
    ".global relance_bold_font_end\n"
    "relance_bold_font_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
extern const char relance_plain_font_begin[];
extern const char relance_plain_font_end[];
extern const char relance_bold_font_begin[];
extern const char relance_bold_font_end[];
}

namespace relance::server {

std::string_view plain_font() {
  return {relance_plain_font_begin,
          static_cast<std::size_t>(relance_plain_font_end - relance_plain_font_begin)};
}

std::string_view bold_font() {
  return {relance_bold_font_begin, static_cast<std::size_t>(relance_bold_font_end - relance_bold_font_begin)};
}

}  // namespace relance::server
