#include "server/pdf_paper.h"

#include <hpdf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <unordered_map>

#include "host/failure.h"
#include "server/pdf_fonts.h"

namespace relance::server {
namespace {

// Single-byte sets, tried in this order: libharu's UTF-8 writes a character map that readers complain of, at a third of
// the speed. A text in several of them is written in runs.
constexpr std::array kSets{"WinAnsiEncoding", "CP1250", "ISO8859-16", "CP1254", "CP1257"};
constexpr char32_t kUnknown = U'?';
constexpr double kEmUnits = 1000.0;

struct Place {
  std::size_t set = 0;
  char byte = '?';
};

// The next character of UTF-8 that was checked where it came in; damage becomes a question mark.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(at++);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : -1;
  if (more < 0) return kUnknown;
  char32_t c = first & (0x3FU >> more);
  for (int i = 0; i < more; ++i) {
    if (at >= text.size() || (byte(at) & 0xC0U) != 0x80U) return kUnknown;
    c = (c << 6) | (byte(at++) & 0x3FU);
  }
  return c;
}

// Blanks of other widths are not in the sets, and a line end is the caller's affair.
char32_t written_as(char32_t c) {
  switch (c) {
    case U'\u202F':
    case U'\u2009': return U'\u00A0';
    case U'\u2010':
    case U'\u2011': return U'-';
    case U'\u2212': return U'\u2013';
    case U'\n':
    case U'\r':
    case U'\t': return U' ';
    default: return c;
  }
}

struct Haru {
  explicit Haru(HPDF_Error_Handler on_error = nullptr, void* data = nullptr) : doc(HPDF_New(on_error, data)) {
    if (doc == nullptr) throw Failure(Code::internal, "The PDF library could not start: out of memory.");
  }
  Haru(const Haru&) = delete;
  Haru& operator=(const Haru&) = delete;
  ~Haru() { HPDF_Free(doc); }
  HPDF_Doc doc;
};

// libharu's public functions read a font from a path only; this is what they do with it.
HPDF_FontDef load_font(HPDF_Doc doc, std::string_view font, char tag) {
  HPDF_Stream stream = HPDF_MemStream_New(doc->mmgr, static_cast<HPDF_UINT>(font.size()));
  if (stream == nullptr) return nullptr;
  HPDF_Stream_Write(stream, reinterpret_cast<const HPDF_BYTE*>(font.data()),
                    static_cast<HPDF_UINT>(font.size()));
  HPDF_FontDef def = HPDF_TTFontDef_Load(doc->mmgr, stream, HPDF_TRUE);
  if (def == nullptr) return nullptr;
  if (HPDF_List_Add(doc->fontdef_list, def) != HPDF_OK) {
    HPDF_FontDef_Free(def);
    return nullptr;
  }
  std::array<char, HPDF_TTF_FONT_TAG_LEN + 1> name{'H', 'P', 'D', 'F', 'A', tag, '\0'};
  HPDF_TTFontDef_SetTagName(def, name.data());
  return def;
}

// What never changes while the program runs: where a character is in the sets, and how wide it is.
struct Characters {
  std::unordered_map<char32_t, Place> places;
  std::array<std::unordered_map<char32_t, int>, 2> widths;  // of an em's thousandths, by weight

  Characters() {
    const Haru haru;
    std::array<HPDF_FontDef, 2> defs{load_font(haru.doc, plain_font(), 'A'),
                                     load_font(haru.doc, bold_font(), 'B')};
    for (std::size_t set = 0; set < kSets.size(); ++set) {
      HPDF_Encoder encoder = HPDF_GetEncoder(haru.doc, kSets[set]);
      for (unsigned byte = 0x20; byte <= 0xFF; ++byte) {
        const char32_t c = HPDF_Encoder_ToUnicode(encoder, static_cast<HPDF_UINT16>(byte));
        if (c < 0x20 || !places.emplace(c, Place{set, static_cast<char>(byte)}).second) continue;
        for (std::size_t w = 0; w < defs.size(); ++w)
          widths[w][c] = HPDF_TTFontDef_GetCharWidth(defs[w], static_cast<HPDF_UNICODE>(c));
      }
    }
    // libharu writes what its encoding does not define as a blank.
    for (const char32_t c : {char32_t{0x7F}, char32_t{0xAD}}) places.erase(c);
  }

  [[nodiscard]] Place of(char32_t c) const {
    const auto found = places.find(written_as(c));
    return found == places.end() ? Place{} : found->second;
  }
  [[nodiscard]] int width(Weight weight, char32_t c) const {
    const auto& known = widths[weight == Weight::bold ? 1 : 0];
    const auto found = known.find(written_as(c));
    return found == known.end() ? known.at(kUnknown) : found->second;
  }
};

const Characters& characters() {
  static const Characters all;
  return all;
}

// One paragraph's words into lines.
void wrap_paragraph(Face type, std::string_view text, double width, std::vector<std::string>& lines) {
  std::string line;
  std::size_t at = 0;
  while (at < text.size()) {
    while (at < text.size() && text[at] == ' ') ++at;
    std::string_view word = text.substr(at, std::min(text.find(' ', at), text.size()) - at);
    if (word.empty()) break;
    at += word.size();
    if (!line.empty() && text_width(type, line + ' ' + std::string(word)) <= width) {
      line += ' ' + std::string(word);
      continue;
    }
    if (!line.empty()) lines.push_back(std::move(line));
    line.clear();
    while (text_width(type, word) > width) {  // longer than a line: cut where it must be
      std::size_t end = 0;
      for (std::size_t next = 0; next < word.size();) {
        next_character(word, next);
        if (end > 0 && text_width(type, word.substr(0, next)) > width) break;
        end = next;
      }
      if (end == word.size()) break;
      lines.emplace_back(word.substr(0, end));
      word.remove_prefix(end);
    }
    line = word;
  }
  lines.push_back(std::move(line));
}

}  // namespace

double text_width(Face type, std::string_view text) {
  const Characters& known = characters();
  std::int64_t units = 0;
  for (std::size_t at = 0; at < text.size();) units += known.width(type.weight, next_character(text, at));
  return static_cast<double>(units) * type.size / kEmUnits;
}

std::vector<std::string> wrapped(Face type, std::string_view text, double width) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    wrap_paragraph(type, text.substr(at, end - at), width, lines);
    at = end + 1;
  }
  return lines;
}

bool is_printable_text(std::string_view text) {
  const Characters& known = characters();
  for (std::size_t at = 0; at < text.size();)
    if (known.places.count(written_as(next_character(text, at))) == 0) return false;
  return true;
}

struct PdfPaper::Sheets {
  HPDF_STATUS error = HPDF_OK;
  Haru haru{[](HPDF_STATUS code, HPDF_STATUS, void* data) {
              auto& first = *static_cast<HPDF_STATUS*>(data);
              if (first == HPDF_OK) first = code;
            },
            &error};
  bool sideways = false;
  std::vector<HPDF_Page> pages;
  HPDF_Page page = nullptr;
  std::map<std::pair<Weight, std::size_t>, HPDF_Font> fonts;

  HPDF_Font font(Weight weight, std::size_t set) {
    HPDF_Font& one = fonts[{weight, set}];
    if (one != nullptr) return one;
    const bool bold = weight == Weight::bold;
    const char* name = bold ? "DejaVuSans-Bold" : "DejaVuSans";
    for (const auto& [key, loaded] : fonts)
      if (key.first == weight && loaded != nullptr) name = HPDF_Font_GetFontName(loaded);
    if (std::none_of(fonts.begin(), fonts.end(),
                     [&](const auto& f) { return f.first.first == weight && f.second != nullptr; })) {
      HPDF_FontDef def = load_font(haru.doc, bold ? bold_font() : plain_font(), bold ? 'B' : 'A');
      if (def != nullptr) name = def->base_font;
    }
    return one = HPDF_GetFont(haru.doc, name, kSets[set]);
  }

  void run(double& x, double y, Face type, std::size_t set, const std::string& bytes) {
    HPDF_Font one = font(type.weight, set);
    HPDF_Page_SetFontAndSize(page, one, static_cast<HPDF_REAL>(type.size));
    HPDF_Page_BeginText(page);
    HPDF_Page_TextOut(page, static_cast<HPDF_REAL>(x), HPDF_Page_GetHeight(page) - static_cast<HPDF_REAL>(y),
                      bytes.c_str());
    HPDF_Page_EndText(page);
  }
};

PdfPaper::PdfPaper(std::string_view title, CivilDate made_on, Turned turned)
    : sheets_(std::make_unique<Sheets>()) {
  HPDF_Doc doc = sheets_->haru.doc;
  sheets_->sideways = turned == Turned::sideways;
  HPDF_SetCompressionMode(doc, HPDF_COMP_ALL);
  HPDF_Date date{
      made_on.year, static_cast<int>(made_on.month), static_cast<int>(made_on.day), 0, 0, 0, ' ', 0, 0};
  HPDF_SetInfoDateAttr(doc, HPDF_INFO_CREATION_DATE, date);
  std::string plain;  // the file's title is in a set of its own: only what is the same everywhere
  for (const char c : title)
    if (static_cast<unsigned char>(c) < 0x80) plain += c;
  HPDF_SetInfoAttr(doc, HPDF_INFO_TITLE, plain.c_str());
  HPDF_SetInfoAttr(doc, HPDF_INFO_CREATOR, "relance");
}

PdfPaper::~PdfPaper() = default;

double PdfPaper::width() const { return sheets_->sideways ? 841.89 : 595.276; }
double PdfPaper::height() const { return sheets_->sideways ? 595.276 : 841.89; }

void PdfPaper::new_sheet() {
  Sheets& s = *sheets_;
  s.page = HPDF_AddPage(s.haru.doc);
  HPDF_Page_SetSize(s.page, HPDF_PAGE_SIZE_A4, s.sideways ? HPDF_PAGE_LANDSCAPE : HPDF_PAGE_PORTRAIT);
  s.pages.push_back(s.page);
}

void PdfPaper::turn_to(std::size_t sheet) { sheets_->page = sheets_->pages.at(sheet); }

std::size_t PdfPaper::sheets() const { return sheets_->pages.size(); }

void PdfPaper::text(double x, double y, Face type, std::string_view text) {
  const Characters& known = characters();
  std::string bytes;
  std::size_t set = 0;
  std::int64_t units = 0;
  const auto put = [&] {
    if (bytes.empty()) return;
    sheets_->run(x, y, type, set, bytes);
    x += static_cast<double>(units) * type.size / kEmUnits;
    bytes.clear();
    units = 0;
  };
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    const Place place = known.of(c);
    if (place.set != set) put();
    set = place.set;
    bytes += place.byte;
    units += known.width(type.weight, c);
  }
  put();
}

void PdfPaper::text_to(double right, double y, Face type, std::string_view text) {
  this->text(right - text_width(type, text), y, type, text);
}

void PdfPaper::line(double x1, double y1, double x2, double y2, double thickness) {
  HPDF_Page page = sheets_->page;
  const HPDF_REAL top = HPDF_Page_GetHeight(page);
  HPDF_Page_SetLineWidth(page, static_cast<HPDF_REAL>(thickness));
  HPDF_Page_MoveTo(page, static_cast<HPDF_REAL>(x1), top - static_cast<HPDF_REAL>(y1));
  HPDF_Page_LineTo(page, static_cast<HPDF_REAL>(x2), top - static_cast<HPDF_REAL>(y2));
  HPDF_Page_Stroke(page);
}

void PdfPaper::shade(double x, double y, double width, double height) {
  HPDF_Page page = sheets_->page;
  const HPDF_REAL top = HPDF_Page_GetHeight(page);
  HPDF_Page_SetGrayFill(page, 0.9F);
  HPDF_Page_Rectangle(page, static_cast<HPDF_REAL>(x), top - static_cast<HPDF_REAL>(y + height),
                      static_cast<HPDF_REAL>(width), static_cast<HPDF_REAL>(height));
  HPDF_Page_Fill(page);
  HPDF_Page_SetGrayFill(page, 0.0F);
}

std::string PdfPaper::bytes() {
  HPDF_Doc doc = sheets_->haru.doc;
  if (sheets_->error == HPDF_OK) HPDF_SaveToStream(doc);
  std::string out(HPDF_GetStreamSize(doc), '\0');
  HPDF_ResetStream(doc);
  auto size = static_cast<HPDF_UINT32>(out.size());
  HPDF_ReadFromStream(doc, reinterpret_cast<HPDF_BYTE*>(out.data()), &size);
  if (sheets_->error != HPDF_OK || size != out.size() || out.empty())
    throw Failure(Code::internal, "The PDF library failed (code " + std::to_string(sheets_->error) + ").");
  return out;
}

}  // namespace relance::server
